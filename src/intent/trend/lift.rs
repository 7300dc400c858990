//! Who had this, and what became of them: the risk of churn (or conversion) of users who asked for something, met a finding or
//! failed at it, over the risk of those who did not. It is an association: whoever is about to leave may ask more.

use crate::stats::effect::Count;
use crate::stats::ratio::{Ratio, risk_ratio, stratified_risk_ratio};
use serde::Serialize;
use std::collections::BTreeMap;

use super::tally::CONFIDENCE;

/// What became of users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// They left.
    Churn,
    /// They bought, upgraded, stayed.
    Conversion,
}

impl Event {
    /// As printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Churn => "churn",
            Self::Conversion => "conversion",
        }
    }
}

/// One user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Customer<G> {
    /// Whether they had what is looked at.
    pub exposed: bool,
    /// Whether the event came about.
    pub event: bool,
    /// Their plan, tenure or whatever else both may depend on, where known.
    pub group: Option<G>,
}

/// The lift, each group as (events, users).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Lift {
    /// Of what.
    pub event: Event,
    /// Users who had it.
    pub with: Count,
    /// Users who did not.
    pub without: Count,
    /// Risk with over risk without.
    pub ratio: Ratio,
    /// The same within groups, where every user's group is known and at least two groups say something.
    pub within_groups: Option<Ratio>,
    /// Always: what kind of statement this is.
    pub reading: &'static str,
}

impl Lift {
    /// `churn 2.0 x [1.4, 2.9] (association), 45 of 300 users against 60 of 800`.
    pub fn sentence(&self) -> String {
        let shown =
            |ratio: &Ratio| format!("{:.1} x [{:.1}, {:.1}]", ratio.estimate, ratio.interval.low, ratio.interval.high);
        let within = self.within_groups.map_or(String::new(), |ratio| format!(", within groups {}", shown(&ratio)));
        format!(
            "{} {} ({}), {} of {} users against {} of {}{within}",
            self.event.name(),
            shown(&self.ratio),
            self.reading,
            self.with.0,
            self.with.1,
            self.without.0,
            self.without.1
        )
    }
}

/// The lift over these users; `None` when nobody had it or nobody did not.
pub fn lift<G: Ord>(event: Event, users: impl IntoIterator<Item = Customer<G>>) -> Option<Lift> {
    let mut groups: BTreeMap<Option<G>, (Count, Count)> = BTreeMap::new();
    for user in users {
        let (with, without) = groups.entry(user.group).or_default();
        let count = if user.exposed { with } else { without };
        *count = (count.0 + u64::from(user.event), count.1 + 1);
    }
    let plus = |a: Count, b: Count| (a.0 + b.0, a.1 + b.1);
    let (with, without) =
        groups.values().fold(((0, 0), (0, 0)), |sum, (one, two)| (plus(sum.0, *one), plus(sum.1, *two)));
    let grouped = groups.keys().all(Option::is_some);
    let strata: Vec<(Count, Count)> = groups.into_values().filter(|(one, two)| one.1 > 0 && two.1 > 0).collect();
    Some(Lift {
        event,
        with,
        without,
        ratio: risk_ratio(with, without, CONFIDENCE)?,
        within_groups: (grouped && strata.len() > 1).then(|| stratified_risk_ratio(&strata, CONFIDENCE)).flatten(),
        reading: "association",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users(exposed: bool, events: usize, all: usize, group: Option<&str>) -> Vec<Customer<&str>> {
        (0..all).map(|index| Customer { exposed, event: index < events, group }).collect()
    }

    #[test]
    fn lift_is_an_association_with_its_interval() {
        let all = [users(true, 45, 300, None), users(false, 60, 800, None)].concat();
        let lift = lift(Event::Churn, all).unwrap();
        assert!((lift.ratio.estimate - 2.0).abs() < 1e-12 && (lift.ratio.interval.low - 1.391).abs() < 5e-4);
        assert_eq!(lift.sentence(), "churn 2.0 x [1.4, 2.9] (association), 45 of 300 users against 60 of 800");
        assert_eq!(lift.within_groups, None);
    }

    #[test]
    fn within_plans_a_difference_of_plans_disappears() {
        let all = [
            users(true, 40, 200, Some("free")),
            users(false, 4, 20, Some("free")),
            users(true, 2, 40, Some("paid")),
            users(false, 20, 400, Some("paid")),
        ];
        let found = lift(Event::Churn, all.concat()).unwrap();
        assert_eq!(found.ratio.direction(), Some(true));
        assert!((found.within_groups.unwrap().estimate - 1.0).abs() < 1e-9);
        assert!(found.sentence().contains("within groups 1.0 x ["));
        // One user without a plan: the plans no longer account for everybody.
        let unknown = [all.concat(), users(true, 0, 1, None)].concat();
        assert_eq!(lift(Event::Churn, unknown).unwrap().within_groups, None);
    }

    #[test]
    fn a_group_without_users_has_no_lift() {
        assert_eq!(lift(Event::Conversion, users(true, 3, 9, None)), None);
        assert_eq!(lift::<&str>(Event::Conversion, []), None);
    }
}

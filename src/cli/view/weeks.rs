//! Weeks as rows of a table: what is counted in them is said by whoever asks, when they began, what they cost and how long
//! they took is the same for all.

use super::number::percent;
use super::table::{Align, Table};
use crate::intent::trend::tally::{Rate, Tally};

/// What a narrow terminal goes without, in this order; rates and their intervals say more, and CSV and JSON have all of it.
const SPARE: [&str; 8] =
    ["unknown", "passing", "intent's", "share of goals", "share of all", "in tools", "mean cost", "conversations"];

/// A table of these weeks: `columns` and their `cells` between the week and what its conversations cost and took, as far as
/// that is known of any. A week that is not over has `…` behind it.
pub fn weeks_table(weeks: &[Tally], columns: &[(&str, Align)], cells: impl Fn(usize, &Tally) -> Vec<String>) -> Table {
    let costs = weeks.iter().any(|week| week.cost.is_some());
    let latencies = weeks.iter().any(|week| week.latency.is_some());
    let mut all = vec![("week of", Align::Left)];
    all.extend(columns);
    all.extend(costs.then_some(("mean cost", Align::Right)));
    all.extend(latencies.then_some(("in tools", Align::Right)));
    let mut table = Table::new(&all).spare(&SPARE);
    for (place, week) in weeks.iter().enumerate() {
        let mut row = vec![format!("{}{}", week.start.date(), if week.complete { "" } else { "…" })];
        row.extend(cells(place, week));
        if costs {
            row.push(week.cost.map_or_else(none, |cost| format!("${:.4}", cost.mean)));
        }
        if latencies {
            row.push(week.latency.map_or_else(none, |latency| format!("{:.1} s", latency.median_ms / 1000.0)));
        }
        table.row(row);
    }
    table
}

/// `12 %`, or `-` where there is nothing to take a share of.
pub fn share(share: Option<f64>) -> String {
    share.map_or_else(none, percent)
}

/// `8.6 % to 24 %`.
pub fn interval(rate: Option<Rate>) -> String {
    rate.map_or_else(none, |rate| format!("{} to {}", percent(rate.interval.low), percent(rate.interval.high)))
}

fn none() -> String {
    "-".to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::intent::trend::calendar::Calendar;
    use crate::intent::trend::tally::{Visit, tally};
    use crate::trace::Outcome;

    #[test]
    fn what_nothing_is_known_of_has_no_column_and_what_little_is_known_of_has_dashes() {
        let day = |text| Timestamp::parse(text).unwrap();
        let calendar = Calendar::new((day("2026-03-02"), day("2026-03-11")), day("2026-03-11"));
        let visit = |at, cost| Visit {
            at: day(at),
            asks: 1,
            outcome: Outcome::Failure,
            user: None::<u8>,
            cost,
            latency_ms: None,
        };
        let visits = [visit("2026-03-02", Some(0.5)), visit("2026-03-11", None)];
        let weeks = tally(&visits, &calendar, &[4, 0]);
        let table = weeks_table(&weeks, &[("share", Align::Right)], |_, week| vec![share(week.share)]);
        assert_eq!(
            table.lines(80, 0),
            ["week of      share  mean cost", "2026-03-02    25 %    $0.5000", "2026-03-09…      -          -"]
        );
        assert_eq!((interval(None), interval(Rate::of((7, 20)))), ("-".into(), "17 % to 57 %".into()));
    }
}

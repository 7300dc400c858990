//! Is this week more than the weeks before explain? Each intent's newest complete week is predicted from its last eight
//! by a negative binomial whose overdispersion all intents share, relative to all asks of the week, so that a busy week is
//! no surge of everything. Over the intents, Benjamini and Hochberg's procedure decides which are alerts.
//!
//! What it cannot do: intents with a few asks a week cannot be alerted on reliably; `noticeable_from` says from how many
//! asks on a week would have been noticed. Because the overdispersion is estimated, about three in ten alerts are chance,
//! not one (`simulation`). An intent's history is taken as it is: a surge of last week is part of it.

use crate::stats::count::{Surprise, negative_binomial_tail, pooled_size, surprise};
use crate::stats::multiplicity::benjamini_hochberg;
use serde::Serialize;

/// Weeks of history that a week is predicted from.
pub const HISTORY: usize = 8;
/// Fewer say too little.
const LEAST_HISTORY: usize = 4;
/// Asks in history and tested week together below which an intent is not tested.
const LEAST_ASKS: u64 = 5;
/// Nominal false discovery rate of alerts.
const ALERT_Q: f64 = 0.10;
/// A single test's level for the second tier.
const WATCH_P: f64 = 0.01;
/// Level at which related intents are said to have risen, or an intent to have risen beyond them.
const RELATED_P: f64 = 0.05;

/// Counts of an intent or a finding by complete week, oldest first; the last is the week to judge.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Asks by week.
    pub asks: Vec<u64>,
    /// Parallel: all asks of the week for an intent, all conversations that could have had it for a finding.
    pub exposure: Vec<u64>,
    /// Places of the series that want nearly the same.
    pub related: Vec<usize>,
}

/// How loudly a week asks for attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Within what was to be expected, or explained by a related intent.
    Quiet,
    /// p below 0.01; a few such weeks a month are chance.
    Watch,
    /// Adjusted p at most 0.10.
    Alert,
}

/// The verdict on one series.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Surge {
    /// How loud, after suppression.
    pub tier: Tier,
    /// Asks of the week.
    pub observed: u64,
    /// Asks that the history predicts.
    pub expected: f64,
    /// Observed over expected.
    pub ratio: f64,
    /// Probability of as many asks or more.
    pub p: f64,
    /// The same, adjusted for all series tested.
    pub q: f64,
    /// The fewest asks that would have been worth watching.
    pub noticeable_from: u64,
    /// The place of the related series that carries the alert of both: the related ones rose together, and this one's
    /// share among them did not.
    pub explained_by: Option<usize>,
}

/// The verdicts on all series.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Surges {
    /// Overdispersion shared by the series; small means that weeks vary much.
    pub size: f64,
    /// Series tested.
    pub tested: usize,
    /// Parallel to the series; `None` where there is too little to test: fewer than five asks, fewer than four weeks of
    /// history with exposure, or no exposure in the week itself.
    pub verdicts: Vec<Option<Surge>>,
}

/// Judges the last week of every series.
pub fn surges(series: &[Series]) -> Surges {
    let windows: Vec<Option<Window>> = series.iter().map(Window::of).collect();
    let beside: Vec<Vec<(u64, f64)>> = windows.iter().flatten().map(Window::beside).collect();
    let size = pooled_size(beside.iter().map(Vec::as_slice));
    let predictions: Vec<Option<Surprise>> =
        windows.iter().map(|window| window.as_ref().and_then(|window| window.surprise(size))).collect();
    let p: Vec<f64> = predictions.iter().flatten().map(|prediction| prediction.p).collect();
    let mut q = benjamini_hochberg(&p).into_iter();
    let mut verdicts: Vec<Option<Surge>> = windows
        .iter()
        .zip(&predictions)
        .map(|(window, prediction)| {
            let (window, prediction) = (window.as_ref()?, (*prediction)?);
            Some(judge(window.now.0, prediction, q.next()?))
        })
        .collect();
    suppress(&mut verdicts, series, size);
    Surges { size, tested: p.len(), verdicts }
}

fn judge(observed: u64, prediction: Surprise, q: f64) -> Surge {
    let tier = if q <= ALERT_Q {
        Tier::Alert
    } else if prediction.p < WATCH_P {
        Tier::Watch
    } else {
        Tier::Quiet
    };
    let (expected, p) = (prediction.mean, prediction.p);
    let noticeable_from = noticeable(prediction);
    Surge { tier, observed, expected, ratio: observed as f64 / expected, p, q, noticeable_from, explained_by: None }
}

/// The smallest count whose tail lies below the watch level, by halving: the tail falls as the count grows.
fn noticeable(prediction: Surprise) -> u64 {
    let noticed =
        |count: u64| negative_binomial_tail(count, prediction.mean, prediction.size).is_none_or(|p| p < WATCH_P);
    let (mut below, mut above) = (0, 1);
    while !noticed(above) && above < u64::MAX / 2 {
        (below, above) = (above, above * 2);
    }
    while above - below > 1 {
        let middle = u64::midpoint(below, above);
        if noticed(middle) {
            above = middle;
        } else {
            below = middle;
        }
    }
    above
}

/// History and tested week, weeks without exposure left out: nobody could ask in them.
struct Window {
    history: Vec<(u64, f64)>,
    now: (u64, f64),
}

impl Window {
    fn of(series: &Series) -> Option<Self> {
        let window = Self::unchecked(&series.asks, &series.exposure)?;
        let asks = window.history.iter().map(|week| week.0).sum::<u64>().saturating_add(window.now.0);
        (asks >= LEAST_ASKS).then_some(window)
    }

    fn unchecked(asks: &[u64], exposure: &[u64]) -> Option<Self> {
        let weeks: Vec<(u64, f64)> = asks.iter().copied().zip(exposure.iter().map(|&all| all as f64)).collect();
        let (now, before) = weeks.split_last()?;
        let recent = before.get(before.len().saturating_sub(HISTORY)..)?;
        let history: Vec<(u64, f64)> = recent.iter().copied().filter(|week| week.1 > 0.0).collect();
        (now.1 > 0.0 && history.len() >= LEAST_HISTORY).then_some(Self { history, now: *now })
    }

    /// The history with the asks of everything else as exposure.
    fn beside(&self) -> Vec<(u64, f64)> {
        self.history.iter().map(|&(asks, all)| (asks, (all - asks as f64).max(0.0))).collect()
    }

    fn surprise(&self, size: f64) -> Option<Surprise> {
        surprise(&self.history, self.now, size)
    }
}

/// Of related series that rose together only the most surprising keeps its tier. A series is explained when one of its
/// related ones was kept, its related ones together rose too, and among them its share did not.
fn suppress(verdicts: &mut [Option<Surge>], series: &[Series], size: f64) {
    let mut raised: Vec<(f64, usize)> = verdicts
        .iter()
        .enumerate()
        .filter_map(|(place, verdict)| verdict.filter(|surge| surge.tier > Tier::Quiet).map(|surge| (surge.p, place)))
        .collect();
    raised.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
    let mut kept: Vec<usize> = Vec::new();
    for (_, place) in raised {
        let related = relatives(place, series);
        let carrier = kept.iter().copied().find(|other| related.contains(other));
        match carrier {
            Some(carrier) if explained(place, &related, series, size) => {
                if let Some(Some(surge)) = verdicts.get_mut(place) {
                    surge.tier = Tier::Quiet;
                    surge.explained_by = Some(carrier);
                }
            }
            _ => kept.push(place),
        }
    }
}

/// The series related to `place`, whichever of the two says so.
fn relatives(place: usize, series: &[Series]) -> Vec<usize> {
    let names = |a: usize, b: usize| series.get(a).is_some_and(|one| one.related.contains(&b));
    (0..series.len()).filter(|&other| other != place && (names(place, other) || names(other, place))).collect()
}

fn explained(place: usize, related: &[usize], series: &[Series], size: f64) -> bool {
    let Some(own) = series.get(place) else { return false };
    let mut together = vec![0u64; own.asks.len()];
    for other in related.iter().filter_map(|&other| series.get(other)) {
        // Aligned at the newest week.
        for (sum, asks) in together.iter_mut().rev().zip(other.asks.iter().rev()) {
            *sum = sum.saturating_add(*asks);
        }
    }
    let p = |asks: &[u64], exposure: &[u64]| {
        Window::unchecked(asks, exposure).and_then(|window| window.surprise(size)).map(|prediction| prediction.p)
    };
    let they_rose = p(&together, &own.exposure).is_some_and(|p| p < RELATED_P);
    let beyond_them = p(&own.asks, &together).is_none_or(|p| p < RELATED_P);
    they_rose && !beyond_them
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A series with an exposure of 1,000 a week.
    fn series(asks: &[u64], related: &[usize]) -> Series {
        Series { asks: asks.to_vec(), exposure: vec![1000; asks.len()], related: related.to_vec() }
    }

    /// Weeks that vary as a Poisson process of mean 40 would, and a last week.
    fn steady(last: u64) -> Vec<u64> {
        vec![38, 44, 35, 47, 33, 41, 46, 36, last]
    }

    #[test]
    fn a_week_far_above_its_history_is_an_alert() {
        let verdicts = surges(&[series(&steady(40), &[]), series(&steady(120), &[])]).verdicts;
        let (calm, loud) = (verdicts[0].unwrap(), verdicts[1].unwrap());
        assert_eq!((calm.tier, loud.tier), (Tier::Quiet, Tier::Alert));
        assert_eq!(loud.observed, 120);
        assert!((loud.expected - 320.5 / 8.0).abs() < 1e-9 && (loud.ratio - 120.0 / (320.5 / 8.0)).abs() < 1e-9);
        assert!(loud.p <= loud.q && loud.q < 0.1);
    }

    #[test]
    fn noticeable_from_is_the_first_count_below_the_watch_level() {
        let found = surges(&[series(&steady(40), &[])]);
        let surge = found.verdicts[0].unwrap();
        let weeks: Vec<(u64, f64)> = steady(0)[..8].iter().map(|&asks| (asks, 1000.0)).collect();
        let p = |count| surprise(&weeks, (count, 1000.0), found.size).unwrap().p;
        assert!(p(surge.noticeable_from) < WATCH_P && p(surge.noticeable_from - 1) >= WATCH_P, "{surge:?}");
    }

    #[test]
    fn a_busy_week_of_everything_is_no_surge() {
        let mut busy = series(&steady(120), &[]);
        busy.exposure[8] = 3000;
        assert_eq!(surges(&[busy]).verdicts[0].unwrap().tier, Tier::Quiet);
    }

    #[test]
    fn too_little_is_not_tested() {
        let few = series(&[0, 1, 0, 0, 1, 0, 0, 1, 1], &[]);
        let short = series(&[9, 9, 9, 30], &[]);
        let mut closed = series(&steady(0), &[]);
        closed.exposure[8] = 0;
        let mut holes = series(&steady(90), &[]);
        holes.exposure[1..6].fill(0);
        let found = surges(&[few, short, closed, holes, Series::default()]);
        assert_eq!((found.tested, found.verdicts), (0, vec![None; 5]));
    }

    #[test]
    fn what_never_occurred_before_can_surge() {
        let found = surges(&[series(&[0, 0, 0, 0, 0, 0, 0, 0, 9], &[])]);
        assert_eq!(found.verdicts[0].unwrap().tier, Tier::Alert);
    }

    #[test]
    fn of_intents_that_rise_together_one_carries_the_alert() {
        let all = [series(&steady(118), &[1, 2]), series(&steady(121), &[]), series(&steady(119), &[0])];
        let verdicts = surges(&all).verdicts;
        let explained: Vec<_> = verdicts.iter().map(|verdict| verdict.unwrap().explained_by).collect();
        assert_eq!(verdicts[1].unwrap().tier, Tier::Alert, "the most surprising one");
        // The first is related to both; the third only to the first, which is not kept: nothing stands for it.
        assert_eq!(explained, [Some(1), None, None]);
        assert_eq!(verdicts[0].unwrap().tier, Tier::Quiet);
        assert_eq!(verdicts[2].unwrap().tier, Tier::Alert);
    }

    #[test]
    fn an_intent_that_rises_beyond_its_relatives_keeps_its_alert() {
        // The first two rose four times, the third one and a half; the second is related to both.
        let all = [series(&steady(160), &[1]), series(&steady(160), &[2]), series(&steady(62), &[])];
        let verdicts = surges(&all).verdicts;
        let states: Vec<_> = verdicts.iter().map(|surge| surge.unwrap()).map(|s| (s.tier, s.explained_by)).collect();
        assert_eq!(states[0], (Tier::Alert, None));
        assert_eq!(states[1], (Tier::Alert, None), "its relatives rose too, it rose beyond them");
    }
}

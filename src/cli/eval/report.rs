//! What `eval` found, as one value: the `--json` document (`reprompt/eval/v1`), and what the JUnit, Markdown and
//! terminal views are made from. Case names, tool names and answers in it are untrusted text.

use crate::evaluation::case::{Entry, Standing};
use crate::evaluation::comparison::{Change, Comparison, Counts, Pair, Tally};
use crate::evaluation::grade::Miss;
use crate::evaluation::schedule::{Arm, Outcome, Schedule};
use crate::evaluation::verdict::{ASSUMED_DISCORDANCE, Expect, Judgement, Rule, Verdict};
use crate::stats::interval::{Interval, wilson};
use crate::stats::power::detectable;
use serde::Serialize;
use std::collections::BTreeMap;

/// The whole result.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What is there.
    pub base: Revision,
    /// What is proposed.
    pub head: Revision,
    /// Files that the agent reads and that differ, sorted.
    pub changed: Vec<String>,
    /// The result in a word.
    pub result: ResultWord,
    /// The result in a sentence.
    pub sentence: String,
    /// The comparison, when the agent was run.
    pub run: Option<RunReport>,
}

/// One side of the comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Revision {
    /// As people call it: a branch, `HEAD`, `work tree`.
    pub name: String,
    /// The commit; `null` for the work tree.
    pub commit: Option<String>,
}

/// The result in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultWord {
    /// The claim holds.
    Pass,
    /// The head is worse.
    Fail,
    /// The cases cannot tell.
    Inconclusive,
    /// The run proves nothing.
    Invalid,
    /// There is no way to run the agent, or nothing to run it on.
    NotRun,
    /// Nothing that the agent reads differs.
    Unchanged,
}

impl ResultWord {
    /// The word as printed.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Invalid => "invalid",
            Self::NotRun => "behaviour not run",
            Self::Unchanged => "unchanged",
        }
    }
}

/// The comparison.
#[derive(Clone, Debug, Serialize)]
pub struct RunReport {
    /// The agent's name.
    pub agent: String,
    /// The claim.
    pub expect: Expect,
    /// Chance of a wrong decision.
    pub alpha: f64,
    /// Share of cases by which the head may be worse.
    pub margin: f64,
    /// Answers per case and arm.
    pub repeat: u32,
    /// Questions asked.
    pub asked: usize,
    /// Questions without an answer.
    pub failed: usize,
    /// Cases that count.
    pub counts: Counts,
    /// Pass rate under the base.
    pub base: Option<Rate>,
    /// Pass rate under the head.
    pub head: Option<Rate>,
    /// Head's rate minus base's.
    pub difference: Option<f64>,
    /// Tango's interval for the difference at `1 - alpha`.
    pub interval: Option<Interval>,
    /// McNemar's mid-p, for display.
    pub mid_p: Option<f64>,
    /// E-value that the head is better; `1 / alpha` decides.
    pub e_better: f64,
    /// E-value that the head is worse; `1 / alpha` decides.
    pub e_worse: f64,
    /// One-sided p of the non-inferiority test at the margin.
    pub p_no_worse: Option<f64>,
    /// Cases that would decide, when these do not and the rates favour the head.
    pub cases_needed: Option<u64>,
    /// The smallest difference that so many cases can see with 80 % power, if 20 % of them differ.
    pub smallest_visible: Option<f64>,
    /// Every case: lost, gained, still failing, still passing, unanswered; each in suite order.
    pub cases: Vec<CaseReport>,
}

/// A pass rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rate {
    /// Cases that pass.
    pub passes: u64,
    /// Cases.
    pub cases: u64,
    /// Wilson's interval at 95 %.
    pub interval: Interval,
}

/// One case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CaseReport {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its suite.
    pub suite: String,
    /// Whether it counts.
    pub standing: Standing,
    /// What became of it; `null` when an answer is missing.
    pub change: Option<Change>,
    /// Whether answers of one arm disagree.
    pub unsteady: bool,
    /// Under the base.
    pub base: ArmReport,
    /// Under the head.
    pub head: ArmReport,
}

/// One case under one arm.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ArmReport {
    /// Answers that passed, and answers.
    pub tally: Tally,
    /// The assertions that the first answer that does not pass misses.
    pub misses: Vec<Miss>,
    /// The beginning of that answer.
    pub answer: Option<String>,
    /// Why the first missing answer is missing.
    pub failure: Option<String>,
}

/// Characters of an answer that a report keeps.
const ANSWER_CHARACTERS: usize = 600;

impl RunReport {
    /// Puts a finished run together.
    pub fn new(
        agent: &str,
        rule: &Rule,
        entries: &[Entry],
        schedule: &Schedule,
        comparison: &Comparison,
        judgement: &Judgement,
    ) -> Self {
        let counts = judgement.counts;
        let rate = |passes: u64| {
            wilson(passes, counts.total(), 0.95).map(|interval| Rate { passes, cases: counts.total(), interval })
        };
        Self {
            agent: agent.to_string(),
            expect: rule.expect(),
            alpha: rule.alpha(),
            margin: rule.margin(),
            repeat: schedule.repeat(),
            asked: comparison.asked,
            failed: comparison.failed,
            counts,
            base: rate(counts.base_passes()),
            head: rate(counts.head_passes()),
            difference: judgement.difference,
            interval: judgement.interval,
            mid_p: judgement.mid_p,
            e_better: judgement.better.value(),
            e_worse: judgement.worse.value(),
            p_no_worse: judgement.no_worse.map(|test| test.p),
            cases_needed: match judgement.verdict {
                Verdict::Inconclusive { cases_needed } => cases_needed,
                _ => None,
            },
            smallest_visible: detectable(counts.total(), ASSUMED_DISCORDANCE)
                .filter(|effect| effect.powered)
                .map(|effect| effect.difference),
            cases: cases(entries, schedule, comparison),
        }
    }

    /// The cases of one fate.
    pub fn changed(&self, change: Change) -> impl Iterator<Item = &CaseReport> {
        self.cases.iter().filter(move |case| case.change == Some(change))
    }
}

fn cases(entries: &[Entry], schedule: &Schedule, comparison: &Comparison) -> Vec<CaseReport> {
    let pairs: BTreeMap<usize, &Pair> = comparison.pairs.iter().map(|pair| (pair.entry, pair)).collect();
    let mut arms: BTreeMap<(usize, Arm), ArmReport> = BTreeMap::new();
    for (run, outcome) in schedule.outcomes() {
        let arm = arms.entry((run.case, run.arm)).or_default();
        match outcome {
            Outcome::Passed => {
                arm.tally.of += 1;
                arm.tally.passed += 1;
            }
            Outcome::Missed { misses, reply } => {
                arm.tally.of += 1;
                if arm.answer.is_none() {
                    arm.misses.clone_from(misses);
                    arm.answer = Some(reply.text.chars().take(ANSWER_CHARACTERS).collect());
                }
            }
            Outcome::Failed(failure) => {
                arm.failure.get_or_insert_with(|| failure.to_string());
            }
        }
    }
    let mut cases: Vec<CaseReport> = entries
        .iter()
        .enumerate()
        .map(|(index, entry)| CaseReport {
            id: entry.case.id.to_string(),
            name: entry.case.name.clone(),
            suite: entry.case.suite.clone(),
            standing: entry.standing,
            change: pairs.get(&index).map(|pair| pair.change()),
            unsteady: pairs.get(&index).is_some_and(|pair| pair.is_unsteady()),
            base: arms.remove(&(index, Arm::Base)).unwrap_or_default(),
            head: arms.remove(&(index, Arm::Head)).unwrap_or_default(),
        })
        .collect();
    cases.sort_by_key(|case| (case.change.is_none(), case.change));
    cases
}

/// The result of a judgement, in a word and in a sentence.
pub fn say(judgement: &Judgement, rule: &Rule) -> (ResultWord, String) {
    let needed = match (judgement.verdict, rule.fewest_cases()) {
        (Verdict::Inconclusive { cases_needed: Some(cases) }, _) => {
            format!("about {cases} cases like these would decide")
        }
        (Verdict::Inconclusive { cases_needed: None }, Some(fewest)) if judgement.counts.total() < fewest => {
            format!("at least {fewest} cases are needed")
        }
        _ => "more cases like these would not decide for the head".to_string(),
    };
    let points = |share: f64| format!("{} points", (share * 100.0 * 10.0).round() / 10.0);
    match (judgement.verdict, rule.expect()) {
        (Verdict::Pass, Expect::Better) => (ResultWord::Pass, "the head is better than the base".to_string()),
        (Verdict::Pass, Expect::NoWorse) => {
            let real = judgement.worse.refutes_at(rule.alpha());
            let but = if real { "; it is worse, but by less than that" } else { "" };
            (ResultWord::Pass, format!("the head is not worse than the base by {}{but}", points(rule.margin())))
        }
        (Verdict::Fail, _) => (ResultWord::Fail, "the head is worse than the base".to_string()),
        (Verdict::Inconclusive { .. }, Expect::Better) => {
            (ResultWord::Inconclusive, format!("the cases do not show that the head is better; {needed}"))
        }
        (Verdict::Inconclusive { .. }, Expect::NoWorse) => (
            ResultWord::Inconclusive,
            format!("the cases cannot rule out that the head is worse by {}; {needed}", points(rule.margin())),
        ),
        (Verdict::Invalid { why }, _) => (ResultWord::Invalid, why.to_string()),
    }
}

/// What a number of cases can see at all, said before they are run.
pub fn foresight(cases: u64, rule: &Rule) -> Option<String> {
    let visible = detectable(cases, ASSUMED_DISCORDANCE)?;
    let points = (visible.difference * 100.0).round();
    let noun = if cases == 1 { "case" } else { "cases" };
    let sees = if visible.powered {
        format!("{cases} {noun} can only see effects of {points} points or more")
    } else {
        format!("{cases} {noun} can miss even an effect of {points} points")
    };
    let few = rule.fewest_cases().filter(|fewest| cases < *fewest);
    let needs = few.map(|fewest| format!("; a pass needs at least {fewest}")).unwrap_or_default();
    Some(format!("{sees} (80 % power, if a fifth of them differ){needs}"))
}

#[cfg(test)]
pub(in crate::cli) mod tests {
    use super::*;
    use crate::evaluation::agent::AgentFailure;
    use crate::evaluation::assertion::{Assertion, Check};
    use crate::evaluation::case::{Case, Message, Speaker, entries};
    use crate::evaluation::grade::grade;
    use crate::evaluation::reply::Reply;
    use crate::evaluation::verdict::judge;

    fn case(name: &str, wanted: &str) -> Case {
        let assertions = vec![Assertion { negated: false, check: Check::Contains(wanted.into()) }];
        let messages = vec![Message::text(Speaker::User, name)];
        Case::new(name.into(), "evals/a&b.yaml".into(), BTreeMap::new(), messages, assertions)
    }

    /// A report with one case of every kind and hostile text in names and answers.
    pub(in crate::cli) fn example() -> Report {
        let hostile =
            "Sure <script>alert(1)</script> ]]> & \u{1b}[31mred\u{202e} @maintainers #1 ``x`` | y\n::error::z";
        let mut base: Vec<Case> = (0..60).map(|index| case(&format!("steady {index}"), "ok")).collect();
        base.insert(1, case("lost \"<one>\" `|` @all", "ok"));
        base.insert(2, case("gained", "yes"));
        base.insert(3, case("fails twice", "never"));
        base.insert(4, case("unsteady", "ok"));
        base.insert(5, case("unanswered", "ok"));
        let mut head = base.clone();
        head.remove(6);
        head.push(case("new in head", "yes"));
        let entries = entries(base, head);
        let mut schedule = Schedule::new(entries.len(), 2);
        while let Some(run) = schedule.next_run() {
            let case = &entries[run.case].case;
            let head = run.arm == Arm::Head;
            let text = match case.name.as_str() {
                "gained" | "new in head" if head => "yes",
                "gained" | "new in head" => "no",
                "unsteady" if head && run.sample == 1 => "hm",
                name if name.starts_with("lost") && head => hostile,
                _ => "ok",
            };
            let reply = Reply { text: text.into(), calls: Vec::new() };
            let misses = grade(&case.assertions, &reply);
            let outcome = if case.name == "unanswered" && head && run.sample == 0 {
                let stderr = "Traceback: <boom> ]]>".to_string();
                Outcome::Failed(AgentFailure::Exited { status: "exit code 1".into(), stderr })
            } else if misses.is_empty() {
                Outcome::Passed
            } else {
                Outcome::Missed { misses, reply }
            };
            schedule.record(run.id, outcome);
        }
        let rule = Rule::new(Expect::NoWorse, 0.05, 0.05).unwrap();
        let comparison = Comparison::new(&entries, &schedule);
        let judgement = judge(&comparison, &rule);
        let (result, sentence) = say(&judgement, &rule);
        Report {
            base: Revision { name: "main".into(), commit: Some("1111111111111111111111111111111111111111".into()) },
            head: Revision { name: "work tree".into(), commit: None },
            changed: vec!["prompts/system.md".into()],
            result,
            sentence,
            run: Some(RunReport::new("onboarding", &rule, &entries, &schedule, &comparison, &judgement)),
        }
    }

    #[test]
    fn a_report_lists_losses_first_and_counts_what_counts() {
        let report = example();
        let run = report.run.unwrap();
        let names: Vec<&str> = run.cases.iter().map(|case| case.name.as_str()).take(5).collect();
        assert_eq!(names, ["lost \"<one>\" `|` @all", "unsteady", "gained", "new in head", "fails twice"]);
        assert_eq!(run.cases.last().unwrap().name, "unanswered");
        assert_eq!(run.counts, Counts { both: 60, base_only: 2, head_only: 1, neither: 1 });
        assert_eq!(run.cases.iter().filter(|case| case.standing == Standing::Removed).count(), 1);
        assert!(run.cases[1].unsteady && run.cases[1].head.tally == Tally { passed: 1, of: 2 });
    }

    #[test]
    fn foresight_says_what_few_cases_cannot_see() {
        let rule = Rule::new(Expect::NoWorse, 0.05, 0.05).unwrap();
        assert_eq!(
            foresight(30, &rule).unwrap(),
            "30 cases can miss even an effect of 20 points (80 % power, if a fifth of them differ); a pass needs at least 52"
        );
        assert_eq!(
            foresight(100, &rule).unwrap(),
            "100 cases can only see effects of 12 points or more (80 % power, if a fifth of them differ)"
        );
        assert_eq!(foresight(0, &rule), None);
    }

    #[test]
    fn every_verdict_has_a_sentence() {
        let judged = |expect, both, losses, gains| {
            let rule = Rule::new(expect, 0.05, 0.05).unwrap();
            let counts = Counts { both, base_only: losses, head_only: gains, neither: 1 };
            say(&crate::evaluation::verdict::judge_counts(counts, &rule), &rule)
        };
        insta::assert_debug_snapshot!(vec![
            judged(Expect::NoWorse, 60, 0, 0),
            judged(Expect::NoWorse, 9_819, 120, 60),
            judged(Expect::NoWorse, 20, 9, 0),
            judged(Expect::NoWorse, 20, 0, 0),
            judged(Expect::NoWorse, 20, 3, 0),
            judged(Expect::NoWorse, 80, 6, 0),
            judged(Expect::Better, 20, 0, 9),
            judged(Expect::Better, 20, 0, 3),
            judged(Expect::Better, 20, 3, 3),
        ]);
    }
}

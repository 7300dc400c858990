//! What a message states: names and addresses, told by their shape. `orders_prod` is a database, `acme-dev` beside
//! the word workspace a workspace, `eu-west-1` a region, `orders.csv` a file, `feature/login` a branch.

use super::wish::{occurs, words};

/// A span of time that a price is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// Twelve months.
    Year,
    /// One.
    Month,
}

/// Facts that the user stated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Name of a database.
    pub database: Option<String>,
    /// Code of a region.
    pub region: Option<String>,
    /// Name of a workspace.
    pub workspace: Option<String>,
    /// The user's own word for a plan.
    pub plan: Option<String>,
    /// An email address.
    pub email: Option<String>,
    /// Name of a file.
    pub file: Option<String>,
    /// Name of a branch database.
    pub branch: Option<String>,
    /// The span that a price is for.
    pub period: Option<Period>,
}

/// Words that people use for plans.
const PLAN_WORDS: &[&str] = &[
    "hobby",
    "pro",
    "scale",
    "premium",
    "professional",
    "business",
    "enterprise",
    "starter",
    "basic",
    "free",
    "growth",
    "standard",
    "plus",
    "advanced",
];

impl Facts {
    /// Takes over what `text` states. `awaited` is what the agent has just asked for, as its own words.
    pub fn learn(&mut self, text: &str, awaited: &str) {
        let tokens: Vec<String> = text
            .split_whitespace()
            .map(|token| token.trim_matches(|c: char| !(c.is_alphanumeric())).to_lowercase())
            .filter(|token| !token.is_empty())
            .collect();
        let awaits_workspace = awaited.contains("workspace");
        for (index, token) in tokens.iter().enumerate() {
            let near = |word: &str| {
                let from = index.saturating_sub(3);
                tokens.iter().skip(from).take(index - from + 4).any(|other| other == word)
            };
            if token.contains('@') {
                self.email = Some(token.clone());
            } else if is_file(token) {
                self.file = Some(token.clone());
            } else if is_branch(token) {
                self.branch = Some(token.clone());
            } else if is_region(token) {
                self.region = Some(token.clone());
            } else if token.contains('_') {
                self.database = Some(token.clone());
            } else if token.contains('-') && (near("workspace") || awaits_workspace) {
                self.workspace = Some(token.clone());
            }
        }
        self.learn_plan(&tokens);
        self.learn_period(text);
    }

    /// The plan word after the last "to", else the last plan word.
    fn learn_plan(&mut self, tokens: &[String]) {
        let known = |token: &&String| PLAN_WORDS.contains(&token.as_str());
        let target = tokens.iter().rposition(|token| token == "to" || token == "onto");
        let after = target.and_then(|to| tokens.iter().skip(to).take(5).find(known));
        if let Some(plan) = after.or_else(|| tokens.iter().rev().find(known)) {
            self.plan = Some(plan.clone());
        }
    }

    fn learn_period(&mut self, text: &str) {
        let words = words(text);
        let any = |keys: &[&str]| keys.iter().any(|key| occurs(key, &words));
        let year = any(&["year", "yearly", "annual", "annually", "12 months", "twelve months", "per annum"]);
        let month = any(&["month", "monthly"]);
        let no_month = any(&[
            "not month",
            "not monthly",
            "not per month",
            "not the monthly",
            "not a month",
            "instead of monthly",
            "instead of per month",
            "12 months",
            "twelve months",
            "rather than monthly",
            "not one month",
            "not by the month",
        ]);
        match (year, month && !no_month) {
            (true, false) => self.period = Some(Period::Year),
            (false, true) => self.period = Some(Period::Month),
            _ => {}
        }
    }
}

fn is_file(token: &str) -> bool {
    token
        .rsplit_once('.')
        .is_some_and(|(stem, kind)| !stem.is_empty() && matches!(kind, "csv" | "tsv" | "json" | "sql" | "parquet"))
}

fn is_branch(token: &str) -> bool {
    let Some((kind, name)) = token.split_once('/') else {
        return false;
    };
    matches!(kind, "feature" | "preview" | "fix" | "test" | "hotfix" | "staging") && !name.is_empty()
}

/// Two letters, a word, a number: `ap-southeast-2`.
fn is_region(token: &str) -> bool {
    let parts: Vec<&str> = token.split('-').collect();
    let letters = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase());
    let [area, place, number] = parts.as_slice() else {
        return false;
    };
    area.len() == 2
        && letters(area)
        && letters(place)
        && number.len() == 1
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned(text: &str) -> Facts {
        let mut facts = Facts::default();
        facts.learn(text, "");
        facts
    }

    #[test]
    fn facts_are_told_by_their_shape() {
        let facts = learned("Connect `orders_prod` in eu-central-1, please (workspace acme-dev).");
        assert_eq!(facts.database.as_deref(), Some("orders_prod"));
        assert_eq!(facts.region.as_deref(), Some("eu-central-1"));
        assert_eq!(facts.workspace.as_deref(), Some("acme-dev"));
        assert_eq!(learned("delete feature/login").branch.as_deref(), Some("feature/login"));
        assert_eq!(learned("a sign-in problem with and/or").workspace, None);
        assert_eq!(learned("Import Orders.csv").file.as_deref(), Some("orders.csv"));
    }

    #[test]
    fn the_plan_is_the_one_people_want_to_have() {
        assert_eq!(learned("from hobby to the pro plan").plan.as_deref(), Some("pro"));
        assert_eq!(learned("we need Premium").plan.as_deref(), Some("premium"));
        assert_eq!(learned("a bigger plan").plan, None);
    }

    #[test]
    fn a_denied_period_does_not_count() {
        assert_eq!(learned("no, per year, not per month").period, Some(Period::Year));
        assert_eq!(learned("the monthly one").period, Some(Period::Month));
        assert_eq!(learned("monthly or yearly, I do not care").period, None);
    }
}

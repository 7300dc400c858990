//! How the scripted agent reads its prompt: into a handful of [`Policies`], one per instruction that it can follow.
//!
//! The text is cut into sentences and clauses ([`sentence`]), their words are given meanings from a closed list
//! ([`concept`]), and each policy is a rule over those meanings ([`rule`], [`policy`]): who is to be asked for what,
//! before or after which act, under which condition, and whether the sentence is turned round. Any wording with the
//! same meanings works the same. Nothing else in the prompt has an effect. Where one sentence orders what another
//! forbids, the agent does not do it.

pub mod concept;
mod policy;
mod rule;
pub mod sentence;

use self::rule::Stance;
use self::sentence::{Sentence, sentences};
use serde_json::Value;

/// What the prompt makes the agent do. Each field is an instruction that the agent follows when the prompt has it;
/// `Policies::default()` is an agent without a prompt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policies {
    /// Ask which region the database runs in before connecting it; otherwise assume one.
    pub asks_region: bool,
    /// Pass only the plan names `hobby`, `pro` and `scale`; otherwise pass the user's own word.
    pub knows_plan_names: bool,
    /// Reset the password of people who are locked out; otherwise send their invitation again.
    pub resets_password: bool,
    /// Tell the user what is missing when a call fails; otherwise repeat the call.
    pub stops_after_failure: bool,
    /// What to do with a question for prices that names no period.
    pub prices: PricePeriod,
    /// Ask before deleting anything.
    pub confirms_deletion: bool,
}

/// Which price the agent gives to people who do not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PricePeriod {
    /// The price of a month.
    #[default]
    Monthly,
    /// The price of a year.
    Yearly,
    /// It asks first.
    Ask,
}

impl Policies {
    /// Reads the system prompt and, as further sentences about the tool at hand, the descriptions of the tools.
    pub fn read(prompt: &str, tools: &[Value]) -> Self {
        let mut all = sentences(prompt);
        for tool in tools {
            let blocks = all.last().map_or(0, |last| last.block + 1);
            all.extend(tool_sentences(tool).into_iter().map(|mut sentence| {
                sentence.block += blocks;
                sentence
            }));
        }
        let stance = |rule: fn(&Sentence, Option<&Sentence>) -> Stance| {
            let mut stance = Stance::Silent;
            for (index, sentence) in all.iter().enumerate() {
                let before = index.checked_sub(1).and_then(|before| all.get(before));
                match rule(sentence, before.filter(|before| before.block == sentence.block)) {
                    Stance::Silent => {}
                    Stance::Forbids => return false,
                    Stance::Orders => stance = Stance::Orders,
                }
            }
            stance == Stance::Orders
        };
        let prices = match (stance(policy::asks_period), stance(policy::gives_year)) {
            (true, _) => PricePeriod::Ask,
            (false, true) => PricePeriod::Yearly,
            (false, false) => PricePeriod::Monthly,
        };
        Self {
            asks_region: stance(policy::asks_region),
            knows_plan_names: stance(policy::knows_plan_names),
            resets_password: stance(policy::resets_password),
            stops_after_failure: stance(policy::stops_after_failure),
            prices,
            confirms_deletion: stance(policy::confirms_deletion),
        }
    }
}

/// The descriptions of a tool and of its parameters as sentences under a heading that names them.
fn tool_sentences(tool: &Value) -> Vec<Sentence> {
    let function = tool.get("function").unwrap_or(tool);
    let name = function.get("name").and_then(Value::as_str).unwrap_or_default();
    let about = |name: &str, value: &Value| {
        let description = value.get("description").and_then(Value::as_str).unwrap_or_default();
        format!("# {name}\n\n{description}\n\n")
    };
    let mut text = about(name, function);
    let properties = function.pointer("/parameters/properties").and_then(Value::as_object);
    for (parameter, value) in properties.into_iter().flatten() {
        text.push_str(&about(&format!("{name} {parameter}"), value));
    }
    sentences(&text)
}

//! What the agent does next, one function per wish. Each shows both ways: with the instruction in the prompt and
//! without it.

use super::dialogue::{Call, Dialogue};
use super::facts::Period;
use super::wish::{Wish, occurs, words};
use super::{ASSUMED_REGION, ATTEMPTS};
use crate::example::reading::{Policies, PricePeriod};
use serde_json::{Value, json};

/// One step of the agent.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// It says something.
    Say(String),
    /// It calls a tool with these arguments.
    Call(&'static str, Value),
}

fn say(text: impl Into<String>) -> Act {
    Act::Say(text.into())
}

/// The plan names that `set_plan` takes.
const PLANS: [&str; 3] = ["hobby", "pro", "scale"];

/// The next step.
pub fn next(dialogue: &Dialogue, policies: &Policies) -> Act {
    match dialogue.aside {
        Some(Wish::Person) => {
            return say("Of course. I am passing you on to a colleague, who will write to you within the day.");
        }
        Some(Wish::Nothing) => return say("I am sorry that I could not help. I am here when you need me."),
        Some(_) => return say("You are welcome! Is there anything else?"),
        None => {}
    }
    let Some(wish) = dialogue.wish else {
        return say(if dialogue.user.is_empty() {
            "Welcome to Tidewater. What can I do for you?"
        } else {
            "I am sorry, I did not understand that. I can help with databases, plans, prices, access, imports and your team."
        });
    };
    if dialogue.after_call
        && let Some(call) = dialogue.last_call()
    {
        return after(wish, call, dialogue, policies);
    }
    match wish {
        Wish::Connect => connect(dialogue, policies),
        Wish::ChangePlan => change_plan(dialogue, policies),
        Wish::Access => access(dialogue, policies),
        Wish::Import => import(dialogue, policies),
        Wish::Prices => prices(dialogue, policies),
        Wish::Invite => invite(dialogue),
        Wish::Invitation => invitation(dialogue),
        Wish::Backups => Act::Call("search_docs", json!({"query": dialogue.user.last().map_or("", String::as_str)})),
        Wish::Delete => delete(dialogue, policies),
        Wish::Usage => usage(dialogue),
        Wish::Person => say("Of course. I am passing you on to a colleague, who will write to you within the day."),
        Wish::Thanks | Wish::Nothing => say("You are welcome!"),
    }
}

fn hand_over() -> Act {
    say("I am sorry, I cannot get any further with this. I can pass it on to a colleague if you like.")
}

fn connect(dialogue: &Dialogue, policies: &Policies) -> Act {
    let facts = &dialogue.facts;
    let asks = policies.asks_region && facts.region.is_none();
    let Some(database) = &facts.database else {
        return say(if asks {
            "Gladly. What is the database called, and which region does it run in?"
        } else {
            "Gladly. What is the database called?"
        });
    };
    if asks {
        return match dialogue.times_said("region") {
            0 => say(format!("Which region does {database} run in?")),
            1 => say(format!(
                "I need the region to reach {database}, for instance eu-west-1; your provider's console shows it. Which one is it?"
            )),
            _ => hand_over(),
        };
    }
    let region = facts.region.as_deref().unwrap_or(ASSUMED_REGION);
    if let Some(call) = dialogue.last_call() {
        if call.error().is_none() {
            return say(format!("{database} is connected. Is there anything else?"));
        }
        let changed = call.argument("region") != Some(region) || call.argument("database") != Some(database);
        if !changed {
            return hand_over();
        }
    }
    Act::Call("create_connection", json!({"database": database, "region": region}))
}

fn change_plan(dialogue: &Dialogue, policies: &Policies) -> Act {
    let facts = &dialogue.facts;
    let choice = "hobby, pro and scale";
    let plan = facts.plan.as_deref().filter(|plan| !policies.knows_plan_names || PLANS.contains(plan));
    match (plan, &facts.workspace) {
        (None, workspace) if policies.knows_plan_names => say(match workspace {
            None => format!("Which workspace is it, and which plan shall it have? There are {choice}."),
            Some(_) => format!("There are the plans {choice}. Which one would you like?"),
        }),
        (None, None) => say("Which workspace is it, and which plan shall it have?"),
        (None, Some(_)) => say("Which plan would you like?"),
        (Some(_), None) => say("Which workspace is that for?"),
        (Some(plan), Some(workspace)) => {
            let tried = dialogue.made.iter().any(|call| call.argument("tier") == Some(plan));
            if tried {
                return hand_over();
            }
            Act::Call("set_plan", json!({"workspace": workspace, "tier": plan}))
        }
    }
}

fn access(dialogue: &Dialogue, policies: &Policies) -> Act {
    let Some(email) = &dialogue.facts.email else {
        return say("I am sorry to hear that. Which email address do you use with us?");
    };
    let said_password = dialogue.user.iter().any(|text| occurs("password", &words(text)));
    let tool = if policies.resets_password || said_password { "reset_password" } else { "resend_invite" };
    match dialogue.made.iter().any(|call| call.name == tool) {
        true if dialogue.made.len() == 1 && dialogue.times_said("spam") == 0 => {
            say(format!("The mail went out to {email}. Please have a look in the spam folder too."))
        }
        true => hand_over(),
        false => Act::Call(tool, json!({"email": email})),
    }
}

fn import(dialogue: &Dialogue, policies: &Policies) -> Act {
    let Some(file) = &dialogue.facts.file else {
        return say("Sure. Which file shall I import?");
    };
    match dialogue.last_call() {
        Some(call) if call.argument("source") == Some(file) && call.error().is_some() => {
            if policies.stops_after_failure && dialogue.times_said("failed") < 2 {
                say(format!(
                    "With the same file the import would fail again. Could you send me another one instead of {file}?"
                ))
            } else {
                hand_over()
            }
        }
        Some(call) if call.argument("source") == Some(file) => say(format!("{file} is in. Is there anything else?")),
        _ => Act::Call("import_data", json!({"source": file})),
    }
}

fn prices(dialogue: &Dialogue, policies: &Policies) -> Act {
    if let Some(call) = dialogue.last_call().filter(|call| call.error().is_none()) {
        return again_about_prices(dialogue, call, policies);
    }
    let asks = policies.prices == PricePeriod::Ask && dialogue.facts.period.is_none();
    if asks && dialogue.times_said("per year") == 0 {
        return say("Would you like to know the price per month or per year?");
    }
    Act::Call("get_prices", json!({}))
}

/// The user is not content with a price.
fn again_about_prices(dialogue: &Dialogue, call: &Call, policies: &Policies) -> Act {
    let told_monthly = dialogue.times_said("per month") > dialogue.times_said("per month or per year");
    match dialogue.facts.period {
        Some(Period::Year) if told_monthly && policies.prices == PricePeriod::Monthly => {
            if dialogue.times_said("twelve months") > 0 {
                return hand_over();
            }
            // It knows one price and multiplies it: what people pay by the year is another one.
            let (plan, price) = listed(call, dialogue, Period::Month).into_iter().next_back().unwrap_or_default();
            let dollars = price.split(' ').next().and_then(|number| number.parse::<u32>().ok()).unwrap_or(0);
            say(format!(
                "The {plan} plan is {dollars} USD per month, so twelve months come to {} USD.",
                dollars.saturating_mul(12)
            ))
        }
        Some(period) => say(quote(call, dialogue, period)),
        None => hand_over(),
    }
}

fn invite(dialogue: &Dialogue) -> Act {
    match (&dialogue.facts.email, &dialogue.facts.workspace) {
        (None, None) => say("Happy to. What is their email address, and which workspace shall they join?"),
        (None, Some(_)) => say("Happy to. What is their email address?"),
        (Some(_), None) => say("Happy to. Which workspace shall they join?"),
        (Some(email), Some(workspace)) => {
            let done = dialogue.last_call().is_some();
            if done { hand_over() } else { Act::Call("invite_member", json!({"workspace": workspace, "email": email})) }
        }
    }
}

fn invitation(dialogue: &Dialogue) -> Act {
    match &dialogue.facts.email {
        None => say("Let me send it again. Which email address was it for?"),
        Some(_) if dialogue.last_call().is_some() => hand_over(),
        Some(email) => Act::Call("resend_invite", json!({"email": email})),
    }
}

fn delete(dialogue: &Dialogue, policies: &Policies) -> Act {
    let Some(branch) = &dialogue.facts.branch else {
        return say("Which branch is it about?");
    };
    if dialogue.last_call().is_some() {
        return hand_over();
    }
    let answer = dialogue.user.last().map(|text| words(text)).unwrap_or_default();
    let any = |keys: &[&str]| keys.iter().any(|key| occurs(key, &answer));
    let asked = dialogue.times_said("cannot be undone") > 0;
    let no = any(&["no", "stop", "dont", "wait", "keep", "rather not", "never mind"]);
    let yes = any(&[
        "yes",
        "sure",
        "go ahead",
        "do it",
        "confirm",
        "confirmed",
        "please do",
        "yep",
        "ok",
        "right",
        "correct",
    ]);
    if policies.confirms_deletion && asked && no {
        return say(format!("All right, {branch} stays as it is."));
    }
    if policies.confirms_deletion && !(asked && yes) {
        return say(format!("Deleting {branch} removes its data and cannot be undone. Shall I delete it?"));
    }
    Act::Call("delete_branch", json!({"branch": branch}))
}

fn usage(dialogue: &Dialogue) -> Act {
    match &dialogue.facts.workspace {
        None => say("Which workspace shall I look at?"),
        Some(workspace) => Act::Call("get_usage", json!({"workspace": workspace})),
    }
}

/// What the agent says or does with the result of its last call.
fn after(wish: Wish, call: &Call, dialogue: &Dialogue, policies: &Policies) -> Act {
    if let Some(reason) = call.error() {
        return after_error(wish, call, reason, dialogue, policies);
    }
    let argument = |name: &str| call.argument(name).unwrap_or("it").to_string();
    let result = call.result.as_deref().unwrap_or_default().trim();
    match call.name.as_str() {
        "create_connection" => say(format!("Done: {} is connected and ready to use.", argument("database"))),
        "set_plan" => say(format!("Done: {} is on the {} plan now.", argument("workspace"), argument("tier"))),
        "reset_password" => {
            say(format!("I have sent a link to {}; it lets you set a new password.", argument("email")))
        }
        "resend_invite" => say(format!("I have sent the invitation to {} again.", argument("email"))),
        "import_data" => say(format!("The import of {} is done: {result}.", argument("source"))),
        "get_prices" => {
            let period = match (dialogue.facts.period, policies.prices) {
                (Some(period), _) => period,
                (None, PricePeriod::Monthly) => Period::Month,
                (None, PricePeriod::Yearly | PricePeriod::Ask) => Period::Year,
            };
            say(quote(call, dialogue, period))
        }
        "invite_member" => say(format!("I have invited {} to {}.", argument("email"), argument("workspace"))),
        "delete_branch" => say(format!("{} is deleted.", argument("branch"))),
        "get_usage" => say(format!("In {}: {result}.", argument("workspace"))),
        _ => say(result),
    }
}

fn after_error(wish: Wish, call: &Call, reason: &str, dialogue: &Dialogue, policies: &Policies) -> Act {
    if wish == Wish::Import {
        let file = call.argument("source").unwrap_or("the file");
        if policies.stops_after_failure {
            return say(format!("The import of {file} failed: {reason}. Could you send me a file that I can read?"));
        }
        if dialogue.repetitions() < ATTEMPTS {
            return Act::Call("import_data", call.arguments.clone());
        }
        return say(format!("I am sorry, the import of {file} keeps failing. Please try again another time."));
    }
    if reason.contains("timed out") {
        return say("I am sorry, our service did not answer in time. Please try again in a few minutes.");
    }
    match wish {
        Wish::Connect => {
            let database = call.argument("database").unwrap_or("the database");
            say(format!(
                "I could not reach the database {database}. Please check that it is running and accepts connections."
            ))
        }
        Wish::ChangePlan => {
            let plan = call.argument("tier").unwrap_or("that");
            let first = dialogue.made.len() < 2;
            say(if first {
                format!("I am sorry, I could not switch you to the {plan} plan. Would you like another one?")
            } else {
                format!("I am sorry, {plan} did not work either.")
            })
        }
        _ => say(format!("I am sorry, that did not work: {reason}.")),
    }
}

/// Plan and price for the plans that the user named, or for all.
fn listed(call: &Call, dialogue: &Dialogue, period: Period) -> Vec<(String, String)> {
    let unit = if period == Period::Year { "per year" } else { "per month" };
    let result = call.result.as_deref().unwrap_or_default();
    let all: Vec<(String, String)> = result
        .split(';')
        .filter_map(|line| {
            let (plan, prices) = line.split_once(':')?;
            let price = prices.split(',').find(|price| price.contains(unit))?;
            Some((plan.trim().to_string(), price.trim().to_string()))
        })
        .collect();
    let named = |(plan, _): &&(String, String)| dialogue.facts.plan.as_deref() == Some(plan.as_str());
    match all.iter().find(named) {
        Some(one) => vec![one.clone()],
        None => all,
    }
}

fn quote(call: &Call, dialogue: &Dialogue, period: Period) -> String {
    let parts: Vec<String> =
        listed(call, dialogue, period).into_iter().map(|(plan, price)| format!("{plan} is {price}")).collect();
    match parts.as_slice() {
        [] => "I am sorry, I could not find a price.".to_string(),
        [one] => format!("Here you are: {one}."),
        _ => format!("Here are our plans: {}.", parts.join(", ")),
    }
}

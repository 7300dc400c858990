//! What the scripted agent of the example understands: human wordings of each instruction that work, and near
//! misses that must not.

use proptest::prelude::*;
use reprompt::example::reading::{Policies, PricePeriod};
use serde_json::json;

/// Which of these wordings, each as a bullet of an otherwise neutral prompt, does `holds` not judge as `expected`?
fn misjudged(wordings: &[&'static str], expected: bool, holds: fn(&Policies) -> bool) -> Vec<&'static str> {
    let read = |wording: &str| {
        Policies::read(
            &format!(
                "You help new customers of a database company.\n\n## Learned rules\n\n- Stay friendly.\n- {wording}\n"
            ),
            &[],
        )
    };
    wordings.iter().copied().filter(|wording| holds(&read(wording)) != expected).collect()
}

fn check(fixes: &[&'static str], near_misses: &[&'static str], holds: fn(&Policies) -> bool) {
    assert_eq!(misjudged(fixes, true, holds), Vec::<&str>::new(), "these wordings must work");
    assert_eq!(misjudged(near_misses, false, holds), Vec::<&str>::new(), "these near misses must not work");
}

#[test]
fn more_than_twenty_wordings_of_asking_for_the_region_work_and_as_many_near_misses_do_not() {
    let fixes = [
        "Ask for `region` before calling `create_connection`. Never guess it.",
        "When the user has not given `region`, ask for it before you call `create_connection`.",
        "Before `create_connection`, make sure the user has told you `region`; ask if not.",
        "Always ask the user which `region` to use before calling `create_connection`; do not guess.",
        "Connecting Postgres: ask for the region first.",
        "You must ask the user about the region ahead of creating any connection.",
        "A connection requires a region. Confirm it with the user before you go ahead.",
        "Do not fill in `region` yourself: ask the user, then call `create_connection`.",
        "Ask the user for `region` when they have not given it, before calling `create_connection`.",
        "`region` is never to be guessed when calling `create_connection`; ask the user for it.",
        "If the user did not state a region, ask for one instead of assuming it.",
        "Ask for the value of `region` before the first call of `create_connection`.",
        "The user chooses the region; ask before connecting.",
        "Do not call `create_connection` until `region` is known from the user.",
        "Each time a customer brings a database, ask in which region it runs.",
        "Never set `region` in `create_connection` to a value that the user did not give; ask for it first.",
        "Inquire about the database's region prior to establishing a connection.",
        "Before connecting, we ask people where their database is hosted.",
        "Request the region from the user before calling create_connection.",
        "Before calling `create_connection`, ask the user for the `region`; never guess it.",
        "Ask which region the database runs in before you connect it.",
        "Never open a connection until the user has told you the region.",
        "Always confirm the region with the customer first.",
        "Find out where the database lives, then create the connection.",
        "Don't call `create_connection` without asking for the region.",
        "Check with the user which data centre hosts their Postgres before connecting.",
        "Have the user choose a region before the connection is created.",
        "The region must be confirmed with the user before `create_connection` is called.",
        "When somebody wants to connect a Postgres database, request its region.",
        "If the region is missing, ask for it.",
        "Do not assume a region. Ask for it before connecting.",
        "Get the region from the user, not from a default.",
        "Only create a connection with a region that the user has named.",
        "After the user has told you the region, call `create_connection`.",
        "Let people pick the region of their database before you hook it up.",
        "Users have to state the region before you set up the connection.",
        "`create_connection` needs a `region`: ask for it, do not make one up.",
        "Please ask: \"Which region is your database in?\" before opening a connection.",
        "For every new connection, first ask for the database name, the port and the region.",
        "Never forget to ask the customer about the data center.",
        "In case nobody said in which region the cluster is located, clarify that first.",
        "Make sure the customer has specified the region prior to connecting.",
        "Unless they already gave it, ask users for the location of their database before connecting.",
    ];
    let near_misses = [
        "Ask for the region only when the user mentions billing.",
        "Before calling `set_plan`, ask the user for the region.",
        "The user may ask for a region; answer that all regions cost the same.",
        "If connecting fails twice, ask for the region.",
        "Guess the region before connecting.",
        "It is not necessary to ask for the region.",
        "Ask the user for the password before connecting.",
        "Ask `search_docs` for the region list.",
        "Once the connection is open, confirm the region.",
        "Don't bother users by asking for the region.",
        "Stop asking for the region.",
        "Ask the user to name the database before connecting to the region.",
        "Use the region us-east-1 when connecting.",
        "Ask the sales team for the region.",
        "The region is chosen automatically, so do not ask.",
        "Mention the region after connecting.",
        "Ask for the region when inviting a teammate.",
        "Customers who ask for another region must wait.",
        "Never ask for the region.",
        "Do not ask the user for the region before connecting.",
        "Tell the user the region.",
        "Ask the user for the host before connecting.",
        "After creating the connection, ask for the region.",
        "Create the connection, then ask which region the database is in.",
        "Before calling `import_data`, ask for the region.",
        "If the connection fails, ask for the region.",
        "The region is shown in the console.",
        "When users ask about the region, explain that it cannot be changed.",
        "Assume that the region is the nearest one.",
        "Ask a colleague for the region before connecting.",
        "You may ask for the region.",
        "If the user writes from Europe, ask for the region.",
        "Ask which country the user lives in before connecting.",
        "There is no need to ask for the region before you connect.",
        "Connect without asking for the region.",
        "The sign-up form already asks for the region.",
        "For MySQL databases, ask for the region.",
        "Before restoring a backup, ask which region it is stored in.",
        "Ask for the host name in that region before connecting.",
        "Create the connection and ask for the region later.",
        "Explain to the user what a region is before connecting.",
        "Users can choose the region in the console.",
        "Ask for the database name, not the region, before connecting.",
        "Avoid asking about the region.",
    ];
    assert!(fixes.len() >= 20 && near_misses.len() >= 20);
    check(&fixes, &near_misses, |policies| policies.asks_region);
}

#[test]
fn wordings_of_the_plan_names() {
    check(
        &[
            "In `set_plan`, `tier` must be exactly `hobby`, `pro` or `scale`.",
            "Only hobby, pro and scale are accepted by `set_plan` as `tier`.",
            "Call `set_plan` with `tier` as one of: hobby, pro, scale.",
            "`tier`: hobby, pro or scale, nothing else.",
            "Map the user's wish to hobby, pro or scale before calling `set_plan`.",
            "If the user names another plan, ask which of hobby, pro and scale they mean.",
            "Pass `tier` as exactly one of `hobby`, `pro`, `scale` to `set_plan`; ask the user if their word is none of them.",
            "When calling `set_plan`, set `tier` to exactly one of `hobby`, `pro`, `scale`.",
            "The only plan names are hobby, pro and scale.",
            "`set_plan` accepts hobby, pro or scale and nothing else.",
            "Use one of the plan names hobby, pro or scale for the tier.",
            "Never pass a tier other than hobby, pro or scale.",
            "Translate what people say into a plan: hobby, pro or scale.",
            "Ask which plan they want, hobby, pro or scale, and use that word.",
            "Valid values for `tier` are `hobby`, `pro` and `scale`.",
            "A plan is always called hobby, pro or scale.",
            "Pick the tier from hobby, pro and scale before you call `set_plan`.",
        ],
        &[
            "Never set the tier to hobby, pro or scale.",
            "The old plan names were hobby, pro and scale.",
            "Tell people that there are the plans hobby, pro and scale.",
            "Use one of the plan names basic, premium or business for the tier.",
            "Use the plan names hobby or pro.",
            "Ask which plan they want before calling `set_plan`.",
            "If `set_plan` fails, use hobby, pro or scale as the tier.",
            "Quote the prices of the plans hobby, pro and scale.",
            "When the user asks for an invoice, name the plans hobby, pro and scale.",
            "Pass the user's own word as the tier.",
        ],
        |policies| policies.knows_plan_names,
    );
}

#[test]
fn wordings_of_resetting_the_password() {
    check(
        &[
            "To help users sign in, call `reset_password`, not `resend_invite`.",
            "For log in account locked, call `reset_password` and not `resend_invite`.",
            "For these requests call `reset_password`; `resend_invite` does not help.",
            "When users cannot sign in, use `reset_password`, never `resend_invite`.",
            "Do not call `resend_invite` for people locked out of their account: call `reset_password`.",
            "Use `reset_password` instead of `resend_invite` when the user cannot access the account.",
            "A user who is locked out needs `reset_password`.",
            "Use `reset_password` where you would use `resend_invite` for someone locked out.",
            "When users are locked out, call `reset_password`, not `resend_invite`.",
            "To help with account access, call `reset_password` instead of `resend_invite`.",
            "People who cannot log in need a password reset, not a new invitation.",
            "Use `reset_password` for anyone who cannot get in.",
            "If somebody is locked out, send them a reset link.",
            "Locked-out customers: `reset_password`.",
            "Never use `resend_invite` for someone who has lost access; use `reset_password`.",
            "For sign-in trouble prefer `reset_password` over `resend_invite`.",
            "Call `reset_password` rather than `resend_invite` when a person can no longer sign in.",
            "`resend_invite` does not help people who are locked out, so run `reset_password` for them.",
        ],
        &[
            "When users are locked out, call `resend_invite`, not `reset_password`.",
            "Never call `reset_password` for locked-out users.",
            "Call `reset_password` when somebody asks about billing.",
            "If `resend_invite` fails for a locked-out user, call `reset_password`.",
            "Tell locked-out users how to reset their password in the console.",
            "When users are locked out, send the invitation again.",
            "Call `reset_password` when the user mentions a password.",
            "Locked-out users sometimes ask for a password reset.",
            "Ask locked-out users for their email address.",
            "First send the invitation again, then call `reset_password` for people who are locked out.",
        ],
        |policies| policies.resets_password,
    );
}

#[test]
fn wordings_of_not_repeating_a_failed_call() {
    check(
        &[
            "When `import_data` fails, tell the user what failed and ask how to go on; do not call it again with the same arguments.",
            "If `import_data` returns an error, do not repeat the same call: explain the error and ask for what is missing.",
            "Do not repeat a failing `import_data` call with unchanged arguments.",
            "A failed tool call must not be retried unchanged; ask the user instead.",
            "After `import_data` fails, ask the user for a new file before calling it again.",
            "Never call `import_data` again with the same arguments after an error.",
            "If a call to `import_data` fails, don't retry it as is. Tell the user and ask for a correction.",
            "When `import_data` fails, do not repeat the call with the same arguments; tell the user and ask.",
            "Never retry a failed import unchanged.",
            "If an import fails, ask the user for what is missing.",
            "After a tool returns an error, do not run it again with identical arguments.",
            "Once an import has failed, find out from the user what to change.",
            "Do not call a tool again with the same arguments after it failed.",
            "An import that fails is not to be repeated; say what went wrong and ask for a working file.",
            "When a tool fails, tell the user why and request what it needs instead of repeating the call.",
            "If `import_data` reports an error, stop and ask for another file.",
        ],
        &[
            "When `import_data` fails, retry with the same arguments.",
            "When `import_data` fails, do not repeat the call more than three times.",
            "If an import fails, apologise.",
            "Do not repeat the user's question.",
            "If `create_connection` fails, do not call it again.",
            "When an import fails four times, ask the user.",
            "If an import fails, do not ask the user; try again.",
            "Never import the same file twice.",
            "Ask for the file before calling `import_data`.",
            "If an import fails, ask the user for patience and try again.",
        ],
        |policies| policies.stops_after_failure,
    );
}

#[test]
fn wordings_of_the_price_period() {
    check(
        &[
            "When users ask about price, they often mean the year, not the month: ask which one they want before answering.",
            "Users often mean annual rather than monthly: ask which they want before you answer.",
            "Ask users whether they want `annual` or `monthly` before answering.",
            "Users who ask this often mean `year`, not `month`. Ask which one they want before answering.",
            "Don't assume monthly: ask whether the price should be per year.",
            "When asked for costs, give the yearly price.",
            "If the user does not say month or year, ask.",
            "Default to annual prices when someone asks what it costs.",
            "If it is unclear whether `annual` or `month` is meant, ask before answering.",
            "Users often want annual, not per month; ask first.",
            "Users often mean `annual`, not `month`: ask which one they want before answering.",
            "When users ask for a price, ask whether they mean the monthly or the yearly one.",
            "Quote yearly prices unless the user asks for monthly ones.",
            "People who ask what a plan costs usually mean the price per year, so give that one.",
            "Give prices per year, not per month.",
            "Before quoting a price, find out if the customer means per year or per month.",
            "Price questions are about a year: state the annual price.",
            "Clarify the period, year or month, before you name a price.",
            "Users asking about price usually want the yearly figure instead of the monthly one; ask which.",
        ],
        &[
            "Give prices per month, not per year.",
            "Never ask whether they mean the monthly or the yearly price.",
            "Yearly invoices are sent in January.",
            "If the user asks for the yearly price, give the yearly price.",
            "After the user complains about a price, give the yearly one.",
            "Ask how many members the workspace has before you quote a price.",
            "Backups are kept for a year.",
            "Quote the monthly price and never mention the yearly one.",
            "When users upgrade, ask whether they want to pay per month or per year.",
        ],
        |policies| policies.prices != PricePeriod::Monthly,
    );
}

#[test]
fn wordings_of_confirming_a_deletion() {
    check(
        &[
            "Always confirm before deleting data.",
            "Never delete a branch without asking first.",
            "Ask the user before you remove anything.",
            "Do not delete anything until the user has confirmed it.",
        ],
        &[
            "Never ask before deleting.",
            "Delete branches at once.",
            "Ask before importing data.",
            "Delete the branch, then ask.",
        ],
        |policies| policies.confirms_deletion,
    );
}

#[test]
fn a_sentence_may_wrap_over_lines_and_lean_on_its_heading() {
    let wrapped = "## Connections\n\n1. Before you call\n   `create_connection`, ask\n   for the region.\n";
    assert!(Policies::read(wrapped, &[]).asks_region);
    assert!(Policies::read("## Region\n\nAsk the user before connecting.\n", &[]).asks_region);
    assert!(!Policies::read("## Imports\n\nAsk which region to use.\n", &[]).asks_region);
    assert!(!Policies::read("<!-- Ask for the region before connecting. -->\n", &[]).asks_region);
}

#[test]
fn what_one_sentence_forbids_no_other_can_order() {
    let both = "Ask for the region before connecting.\n\nNever ask for the region.\n";
    assert!(!Policies::read(both, &[]).asks_region);
}

#[test]
fn a_parameter_note_of_a_tool_is_read_as_a_sentence_about_that_parameter() {
    let tool = |note: &str| {
        json!({"type": "function", "function": {"name": "create_connection", "parameters": {
            "type": "object", "properties": {"region": {"type": "string", "description": note}}}}})
    };
    assert!(Policies::read("", &[tool("Ask the user for it; never guess.")]).asks_region);
    assert!(!Policies::read("", &[tool("Where the database runs.")]).asks_region);
}

proptest! {
    #[test]
    fn any_text_can_be_read(text in "\\PC{0,400}") {
        Policies::read(&text, &[json!(text.clone()), json!({"function": {"name": text}})]);
    }

    #[test]
    fn any_mix_of_known_words_can_be_read(words in prop::collection::vec(prop::sample::select(vec![
        "ask", "never", "the", "user", "region", "before", "connecting", ",", ";", ":", ".", "\n- ", "after", "not", "`create_connection`",
        "hobby", "pro", "scale", "tier", "unless", "without", "if", "fails", "again", "(", ")", "# ", "year", "price", "<!--", "can't",
    ]), 0..40)) {
        Policies::read(&words.join(" "), &[]);
    }
}

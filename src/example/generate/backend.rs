//! The tools behind the agent, as far as the conversations need them: they know where a database really lives,
//! which plan names exist and which files can be read.

use serde_json::Value;

/// What is true behind the tools during one conversation.
#[derive(Clone, Debug, Default)]
pub struct Backend {
    /// Where the user's database lives.
    pub region: String,
    /// Why the user's first file cannot be read; `None` when it can.
    pub unreadable: Option<(String, String)>,
    /// Whether nothing answers today.
    pub down: bool,
    /// A number that figures in answers are made of.
    pub figure: usize,
}

/// The price list.
pub const PRICES: &str = "hobby: 0 USD per month, 0 USD per year; pro: 29 USD per month, 290 USD per year; \
                          scale: 199 USD per month, 1990 USD per year";

impl Backend {
    /// The result of a call, as the tool would word it. Failures start with `Error:`.
    pub fn answer(&self, tool: &str, arguments: &Value) -> String {
        let argument = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
        if self.down {
            return "Error: the request timed out".to_string();
        }
        match tool {
            "create_connection" => {
                let (database, region) = (argument("database"), argument("region"));
                if region == self.region {
                    format!("connected {database}")
                } else {
                    format!("Error: no database {database} found in {region}")
                }
            }
            "set_plan" => match argument("tier") {
                "hobby" | "pro" | "scale" => "plan changed".to_string(),
                _ => "Error: tier must be one of: hobby, pro, scale".to_string(),
            },
            "reset_password" => "link sent".to_string(),
            "resend_invite" => "invitation sent".to_string(),
            "invite_member" => "invited".to_string(),
            "import_data" => match &self.unreadable {
                Some((file, reason)) if file == argument("source") => format!("Error: {reason}"),
                _ => format!("{} rows", 1200 + self.figure * 37),
            },
            "get_prices" => PRICES.to_string(),
            "search_docs" => documentation(argument("query")),
            "delete_branch" => "deleted".to_string(),
            "get_usage" => {
                format!("{} GB of storage, {} hours of compute", 1 + self.figure % 9, 3 + self.figure % 41)
            }
            _ => format!("Error: there is no tool {tool}"),
        }
    }
}

fn documentation(query: &str) -> String {
    let query = query.to_lowercase();
    let any = |words: &[&str]| words.iter().any(|word| query.contains(word));
    let text = if any(&["restore", "point in time", "lose"]) {
        "A backup can be restored to any minute of the last seven days; that takes about ten minutes."
    } else if any(&["encrypt", "another place", "audit"]) {
        "Backups are encrypted and kept in a second place for seven days."
    } else if any(&["download", "by hand", "leave"]) {
        "A backup can be made and downloaded in the console at any time."
    } else {
        "Backups are made every night and kept for seven days, on every plan."
    };
    text.to_string()
}

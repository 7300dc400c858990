//! A simulated user: what they want, what they know, and how they react to what the agent says. They read the
//! agent's words like a person in a hurry would, by a few cues.

use super::backend::Backend;
use super::random::Random;
use super::wording::{Hand, Phrases};
use crate::example::agent::{ASSUMED_REGION, Wish};
use std::collections::BTreeMap;

/// Why a conversation goes wrong whatever the prompt says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// The tools do not answer.
    BackendDown,
    /// The user has no time or patience.
    Leaves,
}

/// What a user does when the agent has spoken.
#[derive(Clone, Debug, PartialEq)]
pub enum Reaction {
    /// They say something and stay on their goal.
    Say(String),
    /// They have what they came for.
    Content,
    /// They do not, and end it, maybe with a last word.
    Lost(Option<String>),
}

/// One goal of one user.
#[derive(Clone, Debug)]
pub struct Errand {
    /// What they want.
    pub wish: Wish,
    facts: BTreeMap<&'static str, String>,
    /// The opening message.
    pub opening: String,
    /// The opening without typing errors, for when it was not understood.
    plain: String,
    wants_year: bool,
    knows_period: bool,
    volunteers_region: bool,
    complaints: usize,
}

const DATABASES: [&str; 24] = [
    "orders_prod",
    "inventory_db",
    "crm_main",
    "billing_core",
    "shop_live",
    "events_raw",
    "users_db",
    "catalog_main",
    "tickets_prod",
    "fleet_db",
    "labs_data",
    "ledger_main",
    "media_store",
    "sensor_db",
    "payroll_db",
    "claims_prod",
    "bookings_db",
    "metrics_main",
    "loyalty_db",
    "sales_core",
    "parts_db",
    "routes_prod",
    "notes_app",
    "surveys_db",
];
const WORKSPACES: [&str; 20] = [
    "acme-dev",
    "blue-fern",
    "north-pier",
    "red-kite",
    "silver-oak",
    "river-lab",
    "moss-works",
    "cedar-point",
    "lime-stone",
    "open-field",
    "quiet-hill",
    "sand-bay",
    "tall-pine",
    "copper-mill",
    "wind-farm",
    "lake-side",
    "iron-gate",
    "sun-house",
    "grey-wolf",
    "half-moon",
];
const NAMES: [&str; 24] = [
    "mara", "jonas", "aiko", "priya", "tomas", "lucia", "owen", "fatou", "henrik", "noor", "sofia", "liam", "chen",
    "amara", "pavel", "ines", "kofi", "greta", "ruben", "yara", "emil", "dana", "oskar", "leila",
];
const DOMAINS: [&str; 10] = [
    "brightfern.example",
    "northpier.example",
    "redkite.example",
    "mossworks.example",
    "tallpine.example",
    "sandbay.example",
    "openfield.example",
    "greywolf.example",
    "riverlab.example",
    "lakeside.example",
];
const FILES: [&str; 16] = [
    "customers.csv",
    "orders_2025.csv",
    "products.csv",
    "members.csv",
    "invoices.csv",
    "parts.csv",
    "visits.csv",
    "sales.json",
    "events.csv",
    "contacts.csv",
    "stock.csv",
    "readings.parquet",
    "tickets.csv",
    "people.csv",
    "log.json",
    "bookings.csv",
];
const BRANCHES: [&str; 14] = [
    "feature/login",
    "feature/search",
    "preview/12",
    "preview/48",
    "fix/typo",
    "fix/rounding",
    "test/load",
    "test/import",
    "feature/cart",
    "hotfix/tax",
    "preview/7",
    "feature/export",
    "staging/old",
    "test/seed",
];
const PLAN_NAMES: [&str; 3] = ["pro", "scale", "hobby"];
const OTHER_PLAN_WORDS: [&str; 6] = ["premium", "professional", "business", "enterprise", "standard", "growth"];
const REASONS: [&str; 4] = [
    "the file is protected by a password",
    "the file is empty",
    "line 1 has no column names",
    "the upload is incomplete",
];
const FOREIGN_REGIONS: [&str; 5] = ["eu-west-1", "eu-central-1", "eu-north-1", "ap-southeast-2", "us-west-2"];

/// Shares of users that matter to a planted cause.
const SAYS_REGION_UNASKED: f64 = 0.15;
const USES_ANOTHER_PLAN_WORD: f64 = 0.5;
const SPEAKS_OF_PASSWORD: f64 = 0.5;
const SENDS_UNREADABLE_FILE: f64 = 0.45;
const WANTS_YEARLY_PRICE: f64 = 0.65;
const NAMES_PERIOD_UNASKED: f64 = 0.22;

impl Errand {
    /// Draws an errand, and sets up the backend for it. `abroad` says whether the user's database lives outside of
    /// the region that the agent assumes.
    pub fn new(wish: Wish, abroad: bool, hand: &Hand, backend: &mut Backend, random: &mut Random) -> Self {
        let mut facts: BTreeMap<&'static str, String> = BTreeMap::new();
        let region = if abroad { random.pick(&FOREIGN_REGIONS) } else { ASSUMED_REGION };
        let plan = match wish {
            Wish::ChangePlan if random.chance(USES_ANOTHER_PLAN_WORD) => random.pick(&OTHER_PLAN_WORDS),
            Wish::Prices => PLAN_NAMES.get(random.weighted(&[0.6, 0.4])).copied().unwrap_or("pro"),
            _ => PLAN_NAMES.get(random.weighted(&[0.5, 0.4, 0.1])).copied().unwrap_or("pro"),
        };
        let file = random.pick(&FILES).to_string();
        facts.insert("database", random.pick(&DATABASES).to_string());
        facts.insert("region", region.to_string());
        facts.insert("workspace", random.pick(&WORKSPACES).to_string());
        facts.insert("email", format!("{}@{}", random.pick(&NAMES), random.pick(&DOMAINS)));
        facts.insert("file", file.clone());
        facts.insert("branch", random.pick(&BRANCHES).to_string());
        facts.insert("plan", plan.to_string());
        facts.insert("exact_plan", random.pick(&PLAN_NAMES).to_string());
        backend.region = region.to_string();
        backend.figure = random.below(90);
        backend.unreadable = random.chance(SENDS_UNREADABLE_FILE).then(|| (file, random.pick(&REASONS).to_string()));
        let wants_year = random.chance(WANTS_YEARLY_PRICE);
        let knows_period = random.chance(NAMES_PERIOD_UNASKED);
        let volunteers_region = random.chance(SAYS_REGION_UNASKED);
        let phrases = match wish {
            Wish::Connect => Phrases::Connect,
            Wish::ChangePlan => Phrases::Plan,
            Wish::Access if random.chance(SPEAKS_OF_PASSWORD) => Phrases::AccessPassword,
            Wish::Access => Phrases::Access,
            Wish::Import => Phrases::Import,
            Wish::Prices => Phrases::Price,
            Wish::Invite => Phrases::Invite,
            Wish::Invitation => Phrases::Invitation,
            Wish::Delete => Phrases::Delete,
            Wish::Usage => Phrases::Usage,
            Wish::Backups | Wish::Person | Wish::Thanks | Wish::Nothing => Phrases::Backups,
        };
        let mut plain = phrases.say(random, &facts);
        if wish == Wish::Connect && volunteers_region {
            let added = ["in {}", "it runs in {}", "the region is {}", "hosted in {}"];
            plain = format!("{plain}, {}", random.pick(&added).replace("{}", region));
        }
        if wish == Wish::Prices && knows_period {
            let period =
                if wants_year { ["per year", "yearly", "annually"] } else { ["per month", "monthly", "a month"] };
            plain = format!("{}, {}", plain.trim_end_matches('?'), random.pick(&period));
        }
        let opening = hand.opening(random, &plain);
        Self { wish, facts, opening, plain, wants_year, knows_period, volunteers_region, complaints: 0 }
    }

    fn fact(&self, name: &str) -> String {
        self.facts.get(name).cloned().unwrap_or_default()
    }

    /// The reaction to what the agent has just said.
    pub fn react(&mut self, said: &str, random: &mut Random) -> Reaction {
        let said = said.to_lowercase();
        let heard = |cue: &str| said.contains(cue);
        if heard("did not understand") {
            self.complaints += 1;
            return if self.complaints > 1 { Reaction::Lost(None) } else { Reaction::Say(self.plain.clone()) };
        }
        if heard("did not answer in time") || heard("passing you on") {
            return self.lose(random);
        }
        if heard("pass it on to a colleague") {
            return if random.chance(0.3) {
                Reaction::Lost(Some(Phrases::Person.say(random, &BTreeMap::new())))
            } else {
                self.lose(random)
            };
        }
        match self.wish {
            Wish::Connect => self.react_to_connection(&said, random),
            Wish::ChangePlan => self.react_to_plan(&said, random),
            Wish::Access => self.react_to_access(&said, random),
            Wish::Import => self.react_to_import(&said, random),
            Wish::Prices => self.react_to_price(&said, random),
            _ => self.react_to_rest(&said, random),
        }
    }

    /// Ends it without what they came for: some say so, some ask for a person, most just go.
    fn lose(&self, random: &mut Random) -> Reaction {
        let none = BTreeMap::new();
        match random.weighted(&[0.25, 0.3, 0.45]) {
            0 => Reaction::Lost(Some(Phrases::Person.say(random, &none))),
            1 => Reaction::Lost(Some(Phrases::GivesUp.say(random, &none))),
            _ => Reaction::Lost(None),
        }
    }

    fn complain(&mut self, phrases: Phrases, random: &mut Random) -> Reaction {
        self.complaints += 1;
        Reaction::Say(phrases.say(random, &self.facts))
    }

    fn react_to_connection(&mut self, said: &str, random: &mut Random) -> Reaction {
        let (database, region) = (self.fact("database"), self.fact("region"));
        if said.contains("connected") {
            return Reaction::Content;
        }
        if said.contains('?') && said.contains("database called") {
            let both = said.contains("region") || self.volunteers_region;
            return Reaction::Say(if both { format!("{database}, in {region}") } else { database });
        }
        if said.contains("region") {
            let shapes = ["{}", "it is {}", "{} I think", "{}, according to the console", "that would be {}", "in {}"];
            return Reaction::Say(random.pick(&shapes).replace("{}", &region));
        }
        if self.complaints == 0 {
            return match random.weighted(&[0.58, 0.06, 0.36]) {
                0 => self.complain(Phrases::ConnectComplaints, random),
                1 => {
                    self.complaints += 1;
                    Reaction::Say(format!("it is up. Does it matter that it runs in {region}?"))
                }
                _ => self.lose(random),
            };
        }
        self.lose(random)
    }

    fn react_to_plan(&mut self, said: &str, random: &mut Random) -> Reaction {
        if said.starts_with("done") {
            return Reaction::Content;
        }
        if said.contains("hobby, pro and scale") {
            let plan = self.fact("exact_plan");
            let workspace = said.contains("which workspace").then(|| format!(", workspace {}", self.fact("workspace")));
            return Reaction::Say(format!("{plan}{}", workspace.unwrap_or_default()));
        }
        if said.contains("which workspace") {
            return Reaction::Say(format!("workspace {}", self.fact("workspace")));
        }
        if said.contains("could not switch") && self.complaints == 0 {
            let word = match random.weighted(&[0.5, 0.1, 0.4]) {
                0 => random.pick(&OTHER_PLAN_WORDS).to_string(),
                1 => self.fact("exact_plan"),
                _ => return self.lose(random),
            };
            self.facts.insert("plan", word);
            return self.complain(Phrases::PlanInsists, random);
        }
        self.lose(random)
    }

    fn react_to_access(&mut self, said: &str, random: &mut Random) -> Reaction {
        if said.contains("set a new password") {
            return Reaction::Content;
        }
        if said.contains("which email") {
            return Reaction::Say(self.fact("email"));
        }
        if self.complaints == 0 {
            return match random.weighted(&[0.58, 0.06, 0.36]) {
                0 => self.complain(Phrases::AccessComplaints, random),
                1 => {
                    self.complaints += 1;
                    Reaction::Say("can you not just reset my password?".to_string())
                }
                _ => self.lose(random),
            };
        }
        self.lose(random)
    }

    fn react_to_import(&mut self, said: &str, random: &mut Random) -> Reaction {
        if said.contains("is done") {
            return Reaction::Content;
        }
        if said.contains("which file") {
            return Reaction::Say(format!("{} please", self.fact("file")));
        }
        let timed_out = said.contains("timed out");
        if said.contains("could you send me") && !timed_out && self.complaints < 2 {
            self.complaints += 1;
            let file = self.fact("file");
            let (stem, kind) = file.rsplit_once('.').unwrap_or((&file, "csv"));
            let shapes = ["here it is: {}", "I uploaded {} now", "try {}", "ok, {}", "then take {}", "{} should work"];
            return Reaction::Say(random.pick(&shapes).replace("{}", &format!("{stem}_new.{kind}")));
        }
        if said.contains("keeps failing") && self.complaints == 0 && random.chance(0.5) {
            return self.complain(Phrases::ImportComplaints, random);
        }
        self.lose(random)
    }

    fn react_to_price(&mut self, said: &str, random: &mut Random) -> Reaction {
        let wanted = if self.wants_year { "per year" } else { "per month" };
        if said.contains("per month or per year") {
            let answers = if self.wants_year {
                ["per year", "yearly please", "for a year", "the annual price"]
            } else {
                ["per month", "monthly please", "for a month", "the monthly price"]
            };
            return Reaction::Say(random.pick(&answers).to_string());
        }
        if said.contains("twelve months") {
            return if self.complaints < 2 && random.chance(0.4) {
                self.complain(Phrases::CorrectionsAgain, random)
            } else {
                self.lose(random)
            };
        }
        if said.contains(wanted) {
            return Reaction::Content;
        }
        if said.contains("usd") && self.complaints == 0 && !self.knows_period && random.chance(0.85) {
            return self.complain(Phrases::Corrections, random);
        }
        self.lose(random)
    }

    fn react_to_rest(&mut self, said: &str, random: &mut Random) -> Reaction {
        if said.contains("cannot be undone") {
            return Reaction::Say(
                random.pick(&["yes", "yes, go ahead", "sure, do it", "yes please", "confirmed"]).to_string(),
            );
        }
        let mut asked = Vec::new();
        if said.contains('?') {
            for (cue, name, prefix) in
                [("email", "email", ""), ("workspace", "workspace", "workspace "), ("which branch", "branch", "")]
            {
                if said.contains(cue) {
                    asked.push(format!("{prefix}{}", self.fact(name)));
                }
            }
        }
        match (asked.is_empty(), said.contains("did not work") || said.contains("i am sorry")) {
            (false, _) => Reaction::Say(asked.join(", ")),
            (true, true) => self.lose(random),
            (true, false) => Reaction::Content,
        }
    }
}

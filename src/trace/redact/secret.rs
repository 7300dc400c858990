//! Secrets: tokens that tell themselves by a prefix or a form, values that are assigned to a name that speaks of a
//! secret or of a service, private keys, credentials in headers and commands. Kinds and forms are those of the
//! published gitleaks rules (MIT); the patterns are ours, and wider: a token of a newer length is found too.

use super::{Finding, Kind};
use regex::Regex;
use std::sync::LazyLock;

/// Tokens with a form of their own, by what issues them.
const TOKENS: &[&str] = &[
    // Model providers.
    r"\bsk-[\w-]{20,}",
    r"\bpplx-[0-9A-Za-z]{40,}",
    r"\bhf_[A-Za-z]{30,}",
    r"\bapi_org_[A-Za-z]{30,}",
    r"\bAIza[\w-]{30,}",
    // Clouds.
    r"\b(?:A3T[0-9A-Z]|AKIA|ASIA|ABIA|ACCA)[2-7A-Z]{16}\b",
    r"\bABSK[0-9A-Za-z+/]{100,}",
    r"\bbedrock-api-key-[0-9A-Za-z+/=]{20,}",
    r"\bLTAI[0-9A-Za-z]{20}\b",
    r"(?i)\bdo[opr]_v1_[0-9a-fA-F]{40,}",
    r"\b[\w~.]{3}\dQ~[\w~.-]{31,}",
    r"\bv1\.0-[0-9a-f]{24}-[0-9a-f]{100,}",
    r"\b(?:fo1|fm1[ar]|fm2)_[\w+/-]{40,}",
    r"\bHRKU-[\w-]{30,}",
    r"\bpul-[0-9a-f]{40}\b",
    r"(?i)\b[0-9a-z]{14}\.atlasv1\.[\w=-]{50,}",
    r"\bhv[bs]\.[\w-]{50,}",
    r"\bs\.[0-9A-Za-z]{24}\b",
    r"\bico-[0-9A-Za-z]{32}\b",
    r"\b4b1d[0-9A-Za-z]{38}\b",
    r"\btk-us-[\w-]{40,}",
    r"(?i)\bpscale_(?:tkn|oauth|pw)_[\w=.-]{30,}",
    r"\bsha256~[\w-]{40,}",
    // Code hosts, registries, builds.
    r"gh[oprsu]_[0-9A-Za-z]{30,}",
    r"github_pat_\w{50,}",
    r"\bgl(?:pat|dt|ffct|ft|imt|agent|oas|ptt|rt|soat|cbt)-[\w.-]{20,}",
    r"\bGR1348941[\w-]{20}",
    r"_gitlab_session=\w{32}",
    r"(?i)\bATATT3[\w=-]{60,}",
    r"\bAKCp[0-9A-Za-z]{60,}",
    r"\bcmVmd[0-9A-Za-z]{50,}",
    r"(?i)\bnpm_[0-9a-z]{36}",
    r"\bpypi-AgEI[\w-]{50,}",
    r"\brubygems_[0-9a-f]{40,}",
    r"(?i)CLOJARS_[0-9a-z]{50,}",
    r"(?i)\bsgp_(?:(?:local|[0-9a-f]{16})_)?[0-9a-f]{40}",
    r"\b(?:pat|sat)\.[\w-]{20,}\.[0-9A-Za-z]{20,}\.[0-9A-Za-z]{16,}",
    r"\bAPI-[0-9A-Z]{26}\b",
    r"\bpnu_[0-9A-Za-z]{36}",
    r"\bdapi[0-9a-f]{32}(?:-\d)?\b",
    // Chat, mail, documents.
    r"(?i)\bxapp-\d-[0-9a-z]+-\d+-[0-9a-z]+",
    r"(?i)\bxox[abeoprs][.-][\w.-]{8,}",
    r"(?i)\bxoxe.xox[bp]-[\w-]{30,}",
    r"hooks.slack.com/(?:services|workflows|triggers)/[\w+/]{40,}",
    r"\.webhook\.office\.com/webhookb2/[\w@/-]{60,}",
    r"\bSG\.[\w=.-]{60,}",
    r"\bxkeysib-[0-9a-f]{60,}-\w{16}",
    r"\bkey-[0-9a-f]{32}\b",
    r"\bntn_[0-9A-Za-z]{40,}",
    r"\blin_api_[0-9A-Za-z]{36,}",
    r"\bpat[0-9A-Za-z]{14}\.[0-9a-f]{60,}",
    r"\brdme_[0-9a-z]{60,}",
    r"\btfp_[\w.=-]{50,}",
    r"\bfio-u-[\w=-]{60,}",
    r"(?i)PMAK-[0-9a-f]{24}-[0-9a-f]{30,}",
    // Money and shops.
    r"\b(?:sk|rk|pk)_(?:test|live|prod)_[0-9A-Za-z]{10,}",
    r"\bsh(?:pat|pca|ppa|pss)_[0-9a-fA-F]{32}",
    r"\bshippo_(?:live|test)_[0-9a-fA-F]{40}",
    r"\b(?:EAAA|sq0atp-|sq0csp-)[\w-]{22,}",
    r"\bEAA[CM][0-9A-Za-z]{60,}",
    r"\bEZ[AT]K[0-9A-Za-z]{50,}",
    r"FLW(?:PUB|SEC)K_TEST-[0-9A-Za-z]{12,}",
    r"\bduffel_(?:test|live)_[\w=-]{40,}",
    r"\baccess-(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f-]{27}",
    r"\b(?:live|test)_(?:pub_)?[0-9a-f]{30,}",
    // Watching and measuring.
    r"(?i)\bgl(?:c|sa)_[\w+/]{32,}",
    r"(?i)\beyJrIjoi[0-9a-z]{60,}",
    r"\bsntry[su]_[\w+/=]{50,}",
    r"\bdt0c01\.[0-9A-Za-z]{24}\.[0-9A-Za-z]{60,}",
    r"\bNR(?:JS|II|AK)-[0-9A-Za-z-]{19,}",
    r"\bpk\.[0-9A-Za-z]{60}\.[0-9A-Za-z]{22}",
    r"\b[0-9A-Za-z]{6}_[0-9A-Za-z]{29}_mmk\b",
    // Vaults and identity.
    r"\bA3-[0-9A-Z]{6}-[0-9A-Z-]{20,}",
    r"ops_eyJ[0-9A-Za-z+/=]{200,}",
    r"AGE-SECRET-KEY-1[0-9A-Z]{50,}",
    r"\bp8e-[0-9A-Za-z]{32}\b",
    r"\bdp\.(?:pt|st|ct|sa|scim|audit)\.[0-9A-Za-z.]{40,}",
    r"\b(?:sc|ext|scauth|authress)_[0-9A-Za-z]{5,30}\.[0-9A-Za-z]{4,6}\.acc[_-][\w.+/=-]{40,}",
    r"\bs-s4t2(?:ud|af)-[0-9a-fA-F]{64}",
    r"\bsm_[aps]at_[0-9A-Za-z]{16}",
    r"\bdnkey-[\w=-]{60,}",
    r"\bey[0-9A-Za-z]{15,}\.ey[\w/\\-]{15,}(?:\.[\w/\\-]*=*)?",
    r"\bZXlK[0-9A-Za-z+/_\\-]{20,}(?:\s?[0-9A-Za-z+/_\\-]{16,})*",
    r"\bSK[0-9a-fA-F]{32}\b",
    r"\b\d{5,16}:A[\w-]{34}",
    r"\b\d{15,16}[|%][\w-]{27,40}",
    r"\bt1\.[\w-]+={0,2}\.[\w-]{80,}",
    r"\bAQVN[\w-]{35,}",
    r"\bsl\.[\w=-]{100,}",
    r"\bA{22}[0-9A-Za-z%]{80,}",
    r"(?is)-----BEGIN[ \w-]{0,100}PRIVATE KEY(?: BLOCK)?-----.{1,20000}?(?:KEY(?: BLOCK)?-----|\z)",
];

/// Services whose keys have no form of their own: found where something random is assigned to a name with one of them.
const SERVICES: &str = "adafruit|adobe|airtable|algolia|alibaba|asana|atlassian|confluence|jira|beamer|bitbucket|bittrex|\
    meraki|cloudflare|codecov|cohere|co_api_key|coinbase|confluent|contentful|datadog|discord|droneci|dropbox|etsy|\
    facebook|fastly|finicity|finnhub|flickr|freshbooks|gitter|gocardless|heroku|hubspot|intercom|jfrog|artifactory|\
    bintray|xray|kraken|kucoin|launchdarkly|linear|linked[_-]?in|lob|looker|mailchimp|mailgun|mapbox|mattermost|\
    message[_-]?bird|netlify|new[_-]?relic|nytimes|new-york-times,?|newyorktimes|okta|plaid|private[_-]?ai|rapidapi|\
    sendbird|sentry|contribsys|snyk|sonar|squarespace|sumo|telegr|travis|twitch|twitter|typeform|yandex|zendesk|defined";

/// Words that say that what is assigned is a secret.
const SPEAKING: &str = "access|auth|api|credential|creds|key|passw(?:or)?d|passwd|pwd|secret|token|passphrase|private";

/// From a name to a value: what stands between them, and the value.
const ASSIGNED: &str = r#"[\w .-]{0,20}[\s'"]{0,8}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\s'"`=]{0,10}"#;

#[expect(clippy::expect_used, reason = "the patterns are constants")]
fn compiled(pattern: &str) -> Regex {
    // Counted repetitions of many tokens together are larger than the default allows.
    let built =
        regex::RegexBuilder::new(&ascii(pattern)).size_limit(64 << 20).dfa_size_limit(64 << 20).unicode(true).build();
    built.expect("a constant pattern")
}

static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    let patterns: Vec<String> = TOKENS.iter().map(|pattern| format!("(?:{pattern})")).collect();
    compiled(&patterns.join("|"))
});

/// The pattern with ASCII's letters for `\w`, `\d` and `\b`: a token has no others, and those of all scripts are many.
fn ascii(pattern: &str) -> String {
    let mut made = String::new();
    let mut inside = false;
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix(r"\w") {
            made.push_str(if inside { "0-9A-Za-z_" } else { "[0-9A-Za-z_]" });
            rest = after;
            continue;
        }
        if let Some(after) = rest.strip_prefix(r"\d") {
            made.push_str("[0-9]");
            rest = after;
            continue;
        }
        if let Some(after) = rest.strip_prefix(r"\b") {
            made.push_str(r"(?-u:\b)");
            rest = after;
            continue;
        }
        inside = (inside || c == '[') && c != ']';
        made.push(c);
        rest = &rest[c.len_utf8()..];
    }
    made
}

static SPOKEN: LazyLock<Regex> = LazyLock::new(|| {
    compiled(&format!(r#"(?i)(?:{SPEAKING})[\w.-]{{0,20}}(?:{ASSIGNED})(?P<value>[\w.=/+~%$!@#^&*-]{{8,400}})"#))
});

static SERVED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(&format!(r#"(?i)(?:{SERVICES})[\w.-]{{0,20}}(?:{ASSIGNED})(?P<value>[\w.=/+:%-]{{14,150}})"#))
});

/// Headers, commands and documents that carry credentials.
static CARRIED: LazyLock<Regex> = LazyLock::new(|| {
    let header = r#"(?i)authorization["']?[ \t]*[:=][ \t]*["']?(?:(?:basic|bearer|token|api-?token)[ \t]+)?(?P<a>[\w=~@.+/-]{8,})"#;
    let x_header = r#"(?i)\bx-(?:[a-z]+-)?(?:api-?)?(?:key|token)["']?[ \t]*:[ \t]*["']?(?P<b>[\w=~@.+/-]{8,})"#;
    let plain_header = r#"(?i)(?:-H|--header)[= \t]+["'](?:api-?)?(?:key|token):[ \t]*(?P<c>[\w=~@.+/-]{8,})"#;
    let user = r#"(?s)\bcurl\b.{0,400}?\s(?:-u|--user)[= \t]*(?P<d>"[^"]{3,}"|'[^']{3,}'|[^\s:"']{2,}:\S{2,})"#;
    let config = r#"(?i)<add key="(?:cleartext)?password"\s*value="(?P<e>[^"]{4,})""#;
    let cluster = r#"(?is)\bkind:[ \t]*["']?secret\b.{0,300}?\bdata:\s+(?P<f>.{1,2000}?)(?:\n\S|\n---|\z)"#;
    let cluster_first = r#"(?is)\bdata:(?P<g>.{1,400}?)\bkind:[ \t]*["']?secret\b"#;
    let gems = r"(?i)contribsys(?:__|\.)com[^\n]{0,40}?(?P<h>[0-9a-f]{8}:[0-9a-f]{8})";
    compiled(&[header, x_header, plain_header, user, config, cluster, cluster_first, gems].join("|"))
});

/// Appends every secret in `text`.
pub(super) fn find(text: &str, found: &mut Vec<Finding>) {
    find_tokens(text, found);
    find_assigned(text, found);
    let carried = CARRIED.captures_iter(text).filter_map(|groups| groups.iter().skip(1).flatten().next());
    for value in carried.filter(|value| !is_placeholder(value.as_str())) {
        found.push(Finding { range: value.range(), kind: Kind::Secret });
    }
}

/// Appends the values that are assigned to a name of a secret or a service.
pub(super) fn find_assigned(text: &str, found: &mut Vec<Finding>) {
    let assigned =
        |pattern: &Regex, ends: &[char], is_secret: &dyn Fn(&str, &str) -> bool, found: &mut Vec<Finding>| {
            for groups in pattern.captures_iter(text) {
                let (Some(all), Some(value)) = (groups.get(0), groups.name("value")) else { continue };
                let trimmed = value.as_str().trim_end_matches(ends);
                if is_secret(all.as_str(), trimmed) {
                    found.push(Finding { range: value.start()..value.start() + trimmed.len(), kind: Kind::Secret });
                }
            }
        };
    let spoken = |all: &str, value: &str| is_random(value, 8, 3.0) || is_password(all, value);
    assigned(&SPOKEN, &['.', ',', '!', '?'], &spoken, found);
    assigned(&SERVED, &['.'], &|_, value| is_random(value, 14, 2.0), found);
}

/// Appends the secrets that tell themselves, without a name before them.
pub(super) fn find_tokens(text: &str, found: &mut Vec<Finding>) {
    for token in TOKEN.find_iter(text) {
        if !is_placeholder(token.as_str()) && entropy(token.as_str()) >= 2.0 {
            found.push(Finding { range: token.range(), kind: Kind::Secret });
        }
    }
}

/// Whether a text holds a token that tells itself by its form. Words and paths never do, however odd.
pub fn is_token(text: &str) -> bool {
    let mut found = Vec::new();
    find_tokens(text, &mut found);
    !found.is_empty()
}

/// Whether a value that stands alone looks like a key, be it by its disorder only: for environment variables.
pub fn looks_secret(value: &str) -> bool {
    is_token(value) || is_random(value, 20, 3.5)
}

/// Shannon's entropy of the characters, in bits.
fn entropy(text: &str) -> f64 {
    let mut counts = [0u32; 256];
    text.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    let length = text.len().max(1) as f64;
    let share = |count: u32| f64::from(count) / length;
    -counts.iter().filter(|count| **count > 0).map(|count| share(*count) * share(*count).log2()).sum::<f64>()
}

/// No word, no number of small size, no path, no date: long, mixed with digits, and without order.
fn is_random(value: &str, shortest: usize, least: f64) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    let mixed = letters > 0 && digits > 0 || digits >= 14 || is_jumbled(value);
    value.len() >= shortest
        && mixed
        && entropy(value) >= least.min((value.len() as f64).log2() - 0.9)
        && !is_placeholder(value)
        && !is_words(value)
}

/// Capital and small letters without the order of words: the case changes at every fourth letter or oftener.
pub(super) fn is_jumbled(value: &str) -> bool {
    let letters: Vec<bool> =
        value.bytes().filter(u8::is_ascii_alphabetic).map(|byte| byte.is_ascii_uppercase()).collect();
    let changes = letters.windows(2).filter(|pair| pair[0] != pair[1]).count();
    changes >= 3 && changes * 4 >= letters.len()
}

/// After a word for a password, any value counts that is not an ordinary word.
fn is_password(context: &str, value: &str) -> bool {
    let named = context.to_ascii_lowercase();
    let named = ["passw", "pwd", "passphrase", "secret"].iter().any(|word| named.contains(word));
    let odd = value.bytes().any(|byte| byte.is_ascii_digit())
        || value.bytes().any(|byte| b"!@#$%^&*~".contains(&byte))
        || value.bytes().skip(1).any(|byte| byte.is_ascii_uppercase());
    let assigned = context.contains(['=', '>']) || context.contains(": ") || context.contains(":\"");
    let digit = value.bytes().any(|byte| byte.is_ascii_digit());
    named && assigned && odd && !is_placeholder(value) && (digit || !is_words(value))
}

/// Words joined by `-`, `_`, `.` or `/`, with at most a short number at the end of each: `order-lookup-v2`.
fn is_words(value: &str) -> bool {
    let parts: Vec<&str> = value.split(['-', '_', '.', '/', '=', ' ']).filter(|part| !part.is_empty()).collect();
    let is_word = |part: &&str| {
        let word = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = part.len() - word.len();
        let vowels = word.bytes().filter(|byte| b"aeiouyAEIOUY".contains(byte)).count();
        let one_case = word.bytes().skip(1).all(|byte| byte.is_ascii_lowercase())
            || word.bytes().all(|byte| byte.is_ascii_uppercase());
        digits <= 4 && one_case && (word.len() <= 3 || (vowels * 6 >= word.len() && word.len() <= 16))
    };
    let letters: usize = parts.iter().map(|part| part.bytes().filter(u8::is_ascii_alphabetic).count()).sum();
    parts.iter().all(is_word) && letters * 2 >= value.len() && (parts.len() > 1 || letters > 3)
}

/// What stands in documentation where a secret would.
fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let words = ["your", "example", "placeholder", "changeme", "change_me", "redacted", "insert", "xxxxxx", "******"];
    let first = lower.bytes().next().unwrap_or_default();
    words.iter().any(|word| lower.contains(word))
        || lower.bytes().all(|byte| byte == first)
        || (lower.starts_with('$') && lower.bytes().skip(1).all(|byte| byte.is_ascii_alphabetic() || byte == b'_'))
        || lower.starts_with("{{")
        || matches!(lower.as_str(), "true" | "false" | "null" | "none")
}

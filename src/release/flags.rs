//! Flag files in the flagd format: which variant of a prompt is live, and switching it. A switch replaces the
//! values that must change and leaves every other byte of the file as it was; the result is parsed again before
//! it is handed out.
//!
//! The flag of a prompt has the prompt's name as its key. A variant stands for a prompt version when its name or its
//! text value is that version's content hash (or its first eight or more digits).

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;
use std::ops::Range;

/// A flag of a flag file.
#[derive(Clone, Debug, PartialEq)]
pub struct Flag {
    /// Its key.
    pub key: String,
    /// Whether it is in force; a disabled flag leaves the choice to the application's own default.
    pub enabled: bool,
    /// Names and values of its variants, in file order.
    pub variants: Vec<(String, Value)>,
    /// The variant that users get whom no targeting rule sends elsewhere.
    pub default_variant: String,
    /// Whether targeting rules decide for some users.
    pub targeted: bool,
    /// The weights of a plain fractional rule, in file order; `None` without one.
    pub split: Option<Vec<(String, u32)>>,
}

impl Flag {
    /// The variant whose name or text value is `version` or a prefix of it of eight or more digits.
    pub fn variant_for(&self, version: &str) -> Option<&str> {
        let names = |text: &str| text == version || (text.len() >= 8 && version.starts_with(text));
        let found = self.variants.iter().find(|(name, value)| names(name) || value.as_str().is_some_and(names));
        found.map(|(name, _)| name.as_str())
    }

    /// Whether there is a variant of this name.
    pub fn has_variant(&self, name: &str) -> bool {
        self.variants.iter().any(|(variant, _)| variant == name)
    }
}

/// A flag file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FlagError {
    /// It is not JSON.
    #[error("it is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// It is JSON of another shape.
    #[error("`{place}` is not {expected}")]
    Shape {
        /// As `flags.refund-prompt.variants`.
        place: String,
        /// As `an object`.
        expected: &'static str,
    },
    /// A key occurs twice, so programs would differ in what they read.
    #[error("the key `{0}` occurs twice")]
    Twice(String),
    /// There is no such flag.
    #[error("it has no flag `{0}`")]
    NoFlag(String),
    /// The flag is disabled, so switching it would change nothing.
    #[error("the flag `{0}` is disabled")]
    Disabled(String),
    /// The flag has no such variant.
    #[error("the flag `{key}` has no variant `{variant}`")]
    NoVariant {
        /// The flag.
        key: String,
        /// The variant.
        variant: String,
    },
    /// The switched text did not read back as meant; nothing should be written.
    #[error("the switched file would not read back as meant")]
    Unverified,
}

/// Reads the flag `key` of a flag file.
pub fn read(text: &str, key: &str) -> Result<Flag, FlagError> {
    Ok(Places::find(text, key)?.flag)
}

/// The text of the flag file with `variant` served to everybody: the default is set to it, and targeting rules, if
/// there are any, are emptied, because a split would go on serving the others.
///
/// # Errors
/// As [`read`], and [`FlagError::Disabled`], [`FlagError::NoVariant`], [`FlagError::Unverified`].
pub fn switch(text: &str, key: &str, variant: &str) -> Result<String, FlagError> {
    let places = Places::find(text, key)?;
    if !places.flag.enabled {
        return Err(FlagError::Disabled(key.to_string()));
    }
    if !places.flag.has_variant(variant) {
        return Err(FlagError::NoVariant { key: key.to_string(), variant: variant.to_string() });
    }
    let mut splices = vec![(places.default_variant, Value::from(variant).to_string())];
    if places.flag.targeted
        && let Some(targeting) = places.targeting
    {
        splices.push((targeting, "{}".to_string()));
    }
    splices.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    let mut switched = text.to_string();
    for (range, new) in splices {
        if switched.get(range.clone()).is_none() {
            return Err(FlagError::Unverified);
        }
        switched.replace_range(range, &new);
    }
    let mut expected = places.flag;
    expected.default_variant = variant.to_string();
    expected.targeted = false;
    expected.split = None;
    match read(&switched, key) {
        Ok(flag) if flag == expected => Ok(switched),
        _ => Err(FlagError::Unverified),
    }
}

/// A flag and where its values stand in the text.
struct Places {
    flag: Flag,
    default_variant: Range<usize>,
    targeting: Option<Range<usize>>,
}

impl Places {
    fn find(text: &str, key: &str) -> Result<Self, FlagError> {
        // The whole must be JSON, also after the flag that is looked for.
        let root: &RawValue = serde_json::from_str(text).map_err(FlagError::NotJson)?;
        let root = object(root, "(top)")?;
        let flags = object(root.get("flags", "flags")?, "flags")?;
        let Some(flag) = flags.find(key) else { return Err(FlagError::NoFlag(key.to_string())) };
        let place = format!("flags.{key}");
        let flag = object(flag, &place)?;
        let inside = |name: &str| format!("{place}.{name}");
        let state = flag.find("state").map(text_of);
        let enabled = match state.as_ref().map(Option::as_deref) {
            None | Some(Some("ENABLED")) => true,
            Some(Some("DISABLED")) => false,
            Some(_) => return Err(FlagError::Shape { place: inside("state"), expected: "`ENABLED` or `DISABLED`" }),
        };
        let mut variants = Vec::new();
        for (name, raw) in object(flag.get("variants", &inside("variants"))?, &inside("variants"))?.0 {
            variants.push((name, value_of(raw)?));
        }
        let default_raw = flag.get("defaultVariant", &inside("defaultVariant"))?;
        let default_variant = text_of(default_raw)
            .ok_or_else(|| FlagError::Shape { place: inside("defaultVariant"), expected: "the name of a variant" })?;
        let targeting = flag.find("targeting");
        let rules = targeting.map(value_of).transpose()?;
        let targeted = rules
            .as_ref()
            .is_some_and(|rules| !rules.is_null() && rules.as_object().is_none_or(|rules| !rules.is_empty()));
        let split = rules.as_ref().and_then(|rules| rules.get("fractional")).and_then(split);
        Ok(Self {
            flag: Flag { key: key.to_string(), enabled, variants, default_variant, targeted, split },
            default_variant: range_in(text, default_raw)?,
            targeting: targeting.map(|raw| range_in(text, raw)).transpose()?,
        })
    }
}

/// Pairs of a fractional rule. The first element may be an expression that names the targeting key; a pair without
/// a weight has weight 1; anything computed is not a plain split.
fn split(rule: &Value) -> Option<Vec<(String, u32)>> {
    let elements = rule.as_array()?;
    let pairs = elements.iter().filter(|element| element.is_array());
    let mut weights = Vec::new();
    for pair in pairs {
        let name = pair.get(0)?.as_str()?.to_string();
        let weight = match pair.get(1) {
            None => 1,
            Some(weight) => u32::try_from(weight.as_u64()?).ok()?,
        };
        weights.push((name, weight));
    }
    (!weights.is_empty()).then_some(weights)
}

/// The members of a JSON object in file order, their values as pieces of the text.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    fn find(&self, key: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| *value)
    }

    fn get(&self, key: &str, place: &str) -> Result<&'a RawValue, FlagError> {
        self.find(key).ok_or_else(|| FlagError::Shape { place: place.to_string(), expected: "there" })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry::<String, &'de RawValue>()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Collect).map(Self)
    }
}

fn object<'a>(raw: &'a RawValue, place: &str) -> Result<Members<'a>, FlagError> {
    let members: Members<'a> = serde_json::from_str(raw.get())
        .map_err(|_| FlagError::Shape { place: place.to_string(), expected: "an object" })?;
    for (index, (name, _)) in members.0.iter().enumerate() {
        if members.0.iter().take(index).any(|(earlier, _)| earlier == name) {
            return Err(FlagError::Twice(format!("{place}.{name}")));
        }
    }
    Ok(members)
}

fn value_of(raw: &RawValue) -> Result<Value, FlagError> {
    serde_json::from_str(raw.get()).map_err(FlagError::NotJson)
}

fn text_of(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

/// Where a piece of `text` stands in it. A raw value borrows from the text that it was parsed from, so its place is
/// the difference of two addresses; the piece found there is compared, so that a mistake cannot pass.
fn range_in(text: &str, raw: &RawValue) -> Result<Range<usize>, FlagError> {
    let piece = raw.get();
    let start = (piece.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
    let range = start..start.wrapping_add(piece.len());
    match text.get(range.clone()) {
        Some(found) if found == piece => Ok(range),
        _ => Err(FlagError::Unverified),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FILE: &str = r#"{
  "$schema": "https://flagd.dev/schema/v0/flags.json",
  "flags": {
    "other": { "state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on" },
    "refund-prompt": {
      "state": "ENABLED",
      "variants": { "old" : "3f2a9c1d0011", "ne\u0077": "77aa" ,"x":1 },
      "defaultVariant":   "new",
      "targeting": {"fractional": [ {"var": "user"}, ["new", 90], ["old"] ]}
    }
  }
}
"#;

    #[test]
    fn a_flag_is_read_with_its_split() {
        let flag = read(FILE, "refund-prompt").unwrap();
        assert!(flag.enabled && flag.targeted);
        assert_eq!(flag.default_variant, "new");
        assert_eq!(flag.split, Some(vec![("new".to_string(), 90), ("old".to_string(), 1)]));
        assert_eq!(flag.variant_for("3f2a9c1d0011223344"), Some("old"));
        assert_eq!(flag.variant_for("77aabb"), None);
        assert!(flag.has_variant("x") && !flag.has_variant("y"));
    }

    #[test]
    fn switching_changes_the_default_and_the_rules_and_nothing_else() {
        let switched = switch(FILE, "refund-prompt", "old").unwrap();
        let expected = FILE
            .replace(r#""defaultVariant":   "new""#, r#""defaultVariant":   "old""#)
            .replace(r#"{"fractional": [ {"var": "user"}, ["new", 90], ["old"] ]}"#, "{}");
        assert_eq!(switched, expected);
        assert_eq!(switch(&switched, "refund-prompt", "old").unwrap(), switched);
    }

    #[test]
    fn files_that_cannot_be_switched_say_why() {
        let error = |text: &str, key: &str, variant: &str| switch(text, key, variant).unwrap_err().to_string();
        assert_eq!(error("{", "a", "b"), "it is not JSON");
        assert_eq!(error("[]", "a", "b"), "`(top)` is not an object");
        assert_eq!(error("{}", "a", "b"), "`flags` is not there");
        assert_eq!(error(FILE, "nope", "b"), "it has no flag `nope`");
        assert_eq!(error(FILE, "refund-prompt", "b"), "the flag `refund-prompt` has no variant `b`");
        assert_eq!(
            error(FILE.replacen("ENABLED", "DISABLED", 2).as_str(), "other", "on"),
            "the flag `other` is disabled"
        );
        assert_eq!(error(r#"{"flags":{"a":1}}"#, "a", "b"), "`flags.a` is not an object");
        assert_eq!(error(r#"{"flags":{"a":{}, "a":{}}}"#, "a", "b"), "the key `flags.a` occurs twice");
        let odd = r#"{"flags":{"a":{"state":"MAYBE","variants":{},"defaultVariant":"x"}}}"#;
        assert_eq!(error(odd, "a", "b"), "`flags.a.state` is not `ENABLED` or `DISABLED`");
        assert_eq!(error(&format!("{FILE} x"), "refund-prompt", "old"), "it is not JSON");
    }

    #[test]
    fn a_flag_without_state_is_in_force() {
        let text = r#"{"flags":{"a":{"variants":{"x":1,"y":2},"defaultVariant":"x"}}}"#;
        assert_eq!(switch(text, "a", "y").unwrap(), text.replace(r#":"x"}"#, r#":"y"}"#));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,80}|[{}\\[\\]\":,a-z flags]{0,80}", key in "[a-z]{0,3}") {
            drop(switch(&text, &key, "x"));
        }

        #[test]
        fn every_variant_name_survives_the_switch(name in "\\PC{1,12}") {
            let quoted = Value::from(name.as_str()).to_string();
            let text = format!(r#"{{"flags":{{"a":{{"variants":{{"old":1,{quoted}:2}},"defaultVariant":"old"}}}}}}"#);
            if name != "old" {
                let switched = switch(&text, "a", &name).unwrap();
                prop_assert_eq!(read(&switched, "a").unwrap().default_variant, name);
            }
        }
    }
}

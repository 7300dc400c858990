//! The shape of an answer: the part of JSON Schema that every provider's structured output accepts (objects whose
//! fields are all required and no others allowed, bounded lists, bounded texts, closed sets of words, whole numbers).
//! One value both makes the schema that is sent and checks what comes back.

use serde_json::{Value, json};

/// A shape.
#[derive(Clone, Debug, PartialEq)]
pub enum Schema {
    /// An object with exactly these fields.
    Object(Vec<(&'static str, Schema)>),
    /// A list of at most so many items.
    List(Box<Schema>, usize),
    /// A text of at most so many characters.
    Text(usize),
    /// One of these words.
    OneOf(Vec<String>),
    /// A whole number from the first to the second.
    Whole(i64, i64),
    /// True or false.
    Truth,
}

impl Schema {
    /// As JSON Schema. Bounds that some providers refuse (`maxLength`, `minimum`) are in the description.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Object(fields) => {
                let properties: serde_json::Map<String, Value> =
                    fields.iter().map(|(name, schema)| ((*name).to_string(), schema.to_json())).collect();
                let required: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
                json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
            }
            Self::List(items, most) => {
                json!({"type": "array", "items": items.to_json(), "description": format!("at most {most} items")})
            }
            Self::Text(most) => json!({"type": "string", "description": format!("at most {most} characters")}),
            Self::OneOf(words) => json!({"type": "string", "enum": words}),
            Self::Whole(least, most) => {
                json!({"type": "integer", "description": format!("from {least} to {most}")})
            }
            Self::Truth => json!({"type": "boolean"}),
        }
    }

    /// Checks a value; the error names the place and what belongs there, never what was found.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        self.check_at(value, "the reply")
    }

    fn check_at(&self, value: &Value, at: &str) -> Result<(), String> {
        match self {
            Self::Object(fields) => {
                let object = value.as_object().ok_or_else(|| format!("{at} must be an object"))?;
                for (name, schema) in fields {
                    let field = object.get(*name).ok_or_else(|| format!("{at} must have the field \"{name}\""))?;
                    schema.check_at(field, &format!("{at}.{name}"))?;
                }
                if object.len() == fields.len() {
                    Ok(())
                } else {
                    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
                    Err(format!("{at} must have no fields but {}", names.join(", ")))
                }
            }
            Self::List(items, most) => {
                let list = value.as_array().ok_or_else(|| format!("{at} must be a list"))?;
                if list.len() > *most {
                    return Err(format!("{at} must have at most {most} items"));
                }
                list.iter().enumerate().try_for_each(|(index, item)| items.check_at(item, &format!("{at}[{index}]")))
            }
            Self::Text(most) => match value.as_str() {
                Some(text) if text.chars().count() <= *most => Ok(()),
                _ => Err(format!("{at} must be a text of at most {most} characters")),
            },
            Self::OneOf(words) => match value.as_str() {
                Some(text) if words.iter().any(|word| word == text) => Ok(()),
                _ => Err(format!("{at} must be one of the {} listed words", words.len())),
            },
            Self::Whole(least, most) => match value.as_i64() {
                Some(number) if (*least..=*most).contains(&number) => Ok(()),
                _ => Err(format!("{at} must be a whole number from {least} to {most}")),
            },
            Self::Truth => value.as_bool().map(|_| ()).ok_or_else(|| format!("{at} must be true or false")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape() -> Schema {
        Schema::Object(vec![
            ("name", Schema::Text(10)),
            ("kind", Schema::OneOf(vec!["a".to_string(), "b".to_string()])),
            ("ids", Schema::List(Box::new(Schema::Whole(0, 9)), 2)),
            ("sure", Schema::Truth),
        ])
    }

    #[test]
    fn what_fits_is_accepted() {
        assert_eq!(shape().check(&json!({"name": "x", "kind": "b", "ids": [0, 9], "sure": true})), Ok(()));
    }

    #[test]
    fn what_does_not_fit_is_named_by_place_and_not_by_content() {
        let cases = [
            (json!([]), "the reply must be an object"),
            (json!({"kind": "b", "ids": [], "sure": true}), "the reply must have the field \"name\""),
            (
                json!({"name": "secret secret", "kind": "b", "ids": [], "sure": true}),
                "the reply.name must be a text of at most 10 characters",
            ),
            (
                json!({"name": "", "kind": "secret", "ids": [], "sure": true}),
                "the reply.kind must be one of the 2 listed words",
            ),
            (
                json!({"name": "", "kind": "a", "ids": [1, 10], "sure": true}),
                "the reply.ids[1] must be a whole number from 0 to 9",
            ),
            (
                json!({"name": "", "kind": "a", "ids": [1.5], "sure": true}),
                "the reply.ids[0] must be a whole number from 0 to 9",
            ),
            (
                json!({"name": "", "kind": "a", "ids": [1, 2, 3], "sure": true}),
                "the reply.ids must have at most 2 items",
            ),
            (json!({"name": "", "kind": "a", "ids": [], "sure": 1}), "the reply.sure must be true or false"),
            (
                json!({"name": "", "kind": "a", "ids": [], "sure": true, "secret": 1}),
                "the reply must have no fields but name, kind, ids, sure",
            ),
        ];
        for (value, reason) in cases {
            assert_eq!(shape().check(&value).unwrap_err(), reason);
        }
    }

    #[test]
    fn every_object_closes_its_fields() {
        let json = shape().to_json();
        assert_eq!(json["additionalProperties"], json!(false));
        assert_eq!(json["required"], json!(["name", "kind", "ids", "sure"]));
    }
}

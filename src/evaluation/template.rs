//! Templates: `{{ name }}` holes filled from a case's variables. A name without a value is an error that says which:
//! an eval that quietly asks a question with a hole in it measures nothing.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, ErrorKind, UndefinedBehavior};
use std::collections::BTreeMap;

/// A text that cannot be filled in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A hole without a value.
    #[error("the template needs the variable `{0}`, which the case does not define")]
    Undefined(String),
    /// Not a template.
    #[error("the template is broken on its line {line}: {problem}")]
    Broken {
        /// Line within the template, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
}

/// Steps that one template may take: enough for any prompt, and an end for a loop that has none.
const FUEL: u64 = 200_000;

/// Whether `text` has holes or other template marks at all.
pub fn has_holes(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

/// Fills the holes of `text`. Text without any comes back byte for byte.
pub fn fill(text: &str, variables: &BTreeMap<String, serde_json::Value>) -> Result<String, TemplateError> {
    if !has_holes(text) {
        return Ok(text.to_string());
    }
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    let broken = |error: &minijinja::Error| TemplateError::Broken {
        line: error.line().unwrap_or(1),
        problem: error.detail().map_or_else(|| error.kind().to_string(), str::to_string),
    };
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build().map_err(|error| broken(&error))?;
    environment.set_syntax(syntax);
    let template = environment.template_from_str(text).map_err(|error| broken(&error))?;
    template.render(Value::from(Serde(variables))).map_err(|error| {
        if error.kind() == ErrorKind::UndefinedError {
            // The engine does not say which name it missed; the one that stands in the failing expression is.
            let names = template.undeclared_variables(true);
            let at_fault = error.range().and_then(|range| text.get(range)).unwrap_or("").trim();
            let mut missing: Vec<String> = names.into_iter().filter(|name| !known(variables, name)).collect();
            missing.sort();
            let chosen = missing.iter().find(|name| *name == at_fault).or_else(|| missing.first());
            match chosen {
                Some(name) => TemplateError::Undefined(name.clone()),
                None => TemplateError::Undefined(at_fault.to_string()),
            }
        } else {
            broken(&error)
        }
    })
}

/// Whether the dotted `name` has a value.
fn known(variables: &BTreeMap<String, serde_json::Value>, name: &str) -> bool {
    let mut parts = name.split('.');
    let first = parts.next().and_then(|part| variables.get(part));
    parts.try_fold(first, |value, part| value.map(|value| value.get(part))).flatten().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn variables() -> BTreeMap<String, serde_json::Value> {
        [("city".to_string(), json!("Köln")), ("user".to_string(), json!({"name": "Ada <x>"}))].into()
    }

    #[test]
    fn holes_are_filled_and_everything_else_is_kept() {
        let text = "# Hi {{ user.name }}\n\nfrom {{city}} {% if city %}!{% endif %}\n";
        assert_eq!(fill(text, &variables()).unwrap(), "# Hi Ada <x>\n\nfrom Köln !\n");
        let plain = "no { holes } here\n\n";
        assert_eq!(fill(plain, &variables()).unwrap(), plain);
    }

    #[test]
    fn a_missing_variable_is_named() {
        let missing = |text: &str| fill(text, &variables()).unwrap_err();
        assert_eq!(missing("{{ city }} {{ region }}"), TemplateError::Undefined("region".into()));
        assert_eq!(missing("{{ user.age }}"), TemplateError::Undefined("user.age".into()));
        assert_eq!(missing("{% for x in list %}{{x}}{% endfor %}"), TemplateError::Undefined("list".into()));
    }

    #[test]
    fn broken_and_endless_templates_end() {
        assert!(matches!(fill("a\n{{ city", &variables()), Err(TemplateError::Broken { line: 2, .. })));
        let endless = "{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}";
        assert!(matches!(fill(endless, &variables()), Err(TemplateError::Broken { .. })));
        assert!(fill("{% include 'x' %}", &variables()).is_err());
    }
}

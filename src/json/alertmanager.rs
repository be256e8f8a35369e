//! Alertmanager's matchers as the JSON objects of its API, version 2.

use crate::error::Error;
use crate::json::value::Value;
use crate::scope::{LabelMatcher, Matchers, check_count};

impl Matchers {
    /// Parses the JSON of matchers as Alertmanager's API has them: a list of objects with
    /// `name`, `value`, `isRegex` and `isEqual`, or one such object. `isEqual` is true if
    /// it is absent, and `isRegex` is false.
    ///
    /// # Errors
    ///
    /// If the text is not JSON of this form, with the path: `[1].value`. If a name is not
    /// a valid attribute name, a regular expression is invalid, or there are more than
    /// [`MAX_MATCHERS`](crate::limits::MAX_MATCHERS).
    ///
    /// ```
    /// use quietude::alertmanager::Matchers;
    ///
    /// let matchers = Matchers::from_json(r#"[
    ///     { "name": "alertname", "value": "Down", "isRegex": false },
    ///     { "name": "team", "value": "db|web", "isRegex": true, "isEqual": false } ]"#)?;
    /// assert_eq!(matchers, Matchers::parse(r#"alertname="Down",team!~"db|web""#)?);
    ///
    /// let error = Matchers::from_json(r#"[ { "name": "team" } ]"#).unwrap_err();
    /// assert_eq!(error.to_string(), "[0].value: is missing");
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Self, Error> {
        match Value::parse(text)? {
            Value::List(list) => {
                check_count(list.len())?;
                Value::List(list).list(matcher).map(Self::new)
            }
            one => Ok(Self::new(vec![matcher(one)?])),
        }
    }
}

fn matcher(value: Value) -> Result<LabelMatcher, Error> {
    let mut fields = value.object()?;
    let name = fields.required("name", Value::text)?;
    let value = fields.required("value", Value::text)?;
    let is_regex = fields.optional("isRegex", Value::bool)?.unwrap_or(false);
    let is_equal = fields.optional("isEqual", Value::bool)?.unwrap_or(true);
    fields.finish()?;
    LabelMatcher::new(&name, &value, is_regex, is_equal)
}

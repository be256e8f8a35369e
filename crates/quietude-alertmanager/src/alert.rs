//! Bodies of `POST /api/v2/alerts`: a list of alerts with labels, annotations and times.
//!
//! An alert that is not silenced is passed on with the text that came. Alertmanager reads
//! JSON as Go does: names of fields in any case, and the last of two. So that both read the
//! same, two fields or labels of one name are refused, and names in another case, too.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use quietude::{SilenceEnd, Timestamp};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::Error;
use crate::limits::MAX_ALERT_BYTES;

/// The annotation with the ids of the windows that silence an alert, separated by commas.
pub const SILENCED_BY: &str = "silenced_by";

/// The annotation with the end of the silence.
pub const SILENCED_UNTIL: &str = "silenced_until";

const FIELDS: [&str; 5] = ["labels", "annotations", "startsAt", "endsAt", "generatorURL"];

/// An alert.
#[derive(Clone, Debug)]
pub struct Alert<'a> {
    /// Its text.
    pub text: &'a str,
    /// The labels with a value, in the order of the text. Alertmanager drops empty values.
    pub labels: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// When it ends, unless that is absent, before the year 2, or in another form.
    pub ends: Option<Timestamp>,
}

impl<'a> Alert<'a> {
    /// Parses one alert.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    ///
    /// ```
    /// use quietude_alertmanager::alert::Alert;
    ///
    /// let alert = Alert::parse(r#"{ "labels": { "alertname": "Down", "team": "" } }"#)?;
    /// assert_eq!(alert.labels, [("alertname".into(), "Down".into())]);
    /// assert!(Alert::parse(r#"{ "labels": { "a": "1", "a": "2" } }"#).is_err());
    /// # Ok::<(), quietude_alertmanager::Error>(())
    /// ```
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        if text.len() > MAX_ALERT_BYTES {
            return Err(Error::new(format_args!(
                "the alert has {} bytes, and {MAX_ALERT_BYTES} are the limit",
                text.len()
            )));
        }
        let fields: Fields<'a> = serde_json::from_str(text).map_err(Error::new)?;
        let labels: Vec<_> =
            fields.labels.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        if labels.is_empty() {
            return Err(Error::new("labels: there is no label with a value"));
        }
        let ends = fields.ends.and_then(|text| text.parse::<Timestamp>().ok());
        let ends =
            ends.filter(|at| at.as_millis() >= Timestamp::MIN.as_millis() + 366 * 86_400_000);
        Ok(Self { text, labels, ends })
    }

    /// The text with the annotations `silenced_by` and `silenced_until`.
    ///
    /// ```
    /// use quietude::SilenceEnd;
    /// use quietude_alertmanager::alert::Alert;
    ///
    /// let text = r#"{"labels":{"a":"1"},"annotations":{"x":"y"},"startsAt":"2026-06-06T19:00:00Z"}"#;
    /// let marked = Alert::parse(text)?.marked("nightly", SilenceEnd::Never);
    /// assert_eq!(
    ///     marked,
    ///     r#"{"labels":{"a":"1"},"startsAt":"2026-06-06T19:00:00Z","annotations":{"x":"y","silenced_by":"nightly","silenced_until":"forever"}}"#
    /// );
    /// # Ok::<(), quietude_alertmanager::Error>(())
    /// ```
    #[must_use]
    pub fn marked(&self, by: &str, until: SilenceEnd) -> String {
        let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default();
        let Ok(entries) = serde_json::from_str::<Entries<'_>>(self.text) else {
            return self.text.to_owned();
        };
        let mut out = String::with_capacity(self.text.len() + by.len() + 80);
        let mut annotations = String::new();
        out.push('{');
        for (name, value) in &entries.0 {
            if name != "annotations" {
                out.push_str(&quoted(name));
                out.push(':');
                out.push_str(value.get());
                out.push(',');
                continue;
            }
            let Ok(given) = serde_json::from_str::<Entries<'_>>(value.get()) else { continue };
            for (name, value) in given.0 {
                if name != SILENCED_BY && name != SILENCED_UNTIL {
                    annotations += &format!("{}:{},", quoted(&name), value.get());
                }
            }
        }
        out += &format!(
            r#""annotations":{{{annotations}"{SILENCED_BY}":{},"{SILENCED_UNTIL}":{}}}}}"#,
            quoted(by),
            quoted(&until.to_string())
        );
        out
    }
}

/// Parses a body: a list of alerts, at least one. The texts of the alerts are checked by
/// [`Alert::parse`].
///
/// # Errors
///
/// If it is not a list: the line and column.
///
/// ```
/// use quietude_alertmanager::alert::texts;
///
/// assert_eq!(texts(br#"[ {"labels":{}}, 7 ]"#)?, [r#"{"labels":{}}"#, "7"]);
/// let error = texts(b"[ {").unwrap_err().to_string();
/// assert_eq!(error, "not a list of alerts: EOF while parsing an object at line 1 column 3");
/// # Ok::<(), quietude_alertmanager::Error>(())
/// ```
pub fn texts(body: &[u8]) -> Result<Vec<&str>, Error> {
    let texts: Vec<&RawValue> = serde_json::from_slice(body)
        .map_err(|error| Error::new(format_args!("not a list of alerts: {error}")))?;
    Ok(texts.into_iter().map(RawValue::get).collect())
}

/// A text that borrows unless it has escapes.
#[derive(Deserialize)]
struct Word<'a>(#[serde(borrow)] Cow<'a, str>);

/// The entries of an object, in order.
struct Entries<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Entries<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some((Word(name), value)) = map.next_entry()? {
                    entries.push((name, value));
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// An object of texts without repeated names.
struct Texts<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

/// Beyond this number, repeated names are found by a set.
const FEW: usize = 32;

impl<'de> Deserialize<'de> for Texts<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Texts<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object whose values are texts")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all: Vec<(Cow<'de, str>, Cow<'de, str>)> = Vec::new();
                while let Some((Word(name), Word(value))) = map.next_entry()? {
                    all.push((name, value));
                }
                let repeated = if all.len() <= FEW {
                    let mut pairs = all.iter().enumerate();
                    pairs.find(|(i, (name, _))| all[..*i].iter().any(|(other, _)| other == name))
                } else {
                    let mut names = HashSet::new();
                    all.iter().enumerate().find(|(_, (name, _))| !names.insert(name))
                };
                match repeated {
                    None => Ok(Texts(all)),
                    Some((_, (name, _))) => {
                        let name: String = name.chars().take(64).collect();
                        Err(A::Error::custom(format_args!("{name:?} is there twice")))
                    }
                }
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// The fields of an alert that matter.
struct Fields<'a> {
    labels: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    ends: Option<Cow<'a, str>>,
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Fields<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an alert, which is an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut labels, mut ends) = (None, None);
                let mut is_there = [false; FIELDS.len()];
                while let Some(Word(name)) = map.next_key()? {
                    let Some(field) = FIELDS.iter().position(|field| is_read_as(&name, field))
                    else {
                        map.next_value::<serde::de::IgnoredAny>()?;
                        continue;
                    };
                    if name != FIELDS[field] || is_there[field] {
                        let name: String = name.chars().take(64).collect();
                        return Err(A::Error::custom(format_args!(
                            "{name:?} is there, and {:?} is the field that may be there once",
                            FIELDS[field]
                        )));
                    }
                    is_there[field] = true;
                    let in_field = |error: A::Error| {
                        A::Error::custom(format_args!("{}: {error}", FIELDS[field]))
                    };
                    match field {
                        0 => labels = Some(map.next_value::<Texts<'de>>().map_err(in_field)?.0),
                        1 => drop(map.next_value::<Option<Texts<'de>>>().map_err(in_field)?),
                        3 => {
                            let text = map.next_value::<Option<Word<'de>>>().map_err(in_field)?;
                            ends = text.map(|Word(text)| text);
                        }
                        _ => drop(map.next_value::<Option<Word<'de>>>().map_err(in_field)?),
                    }
                }
                let labels = labels.ok_or_else(|| A::Error::missing_field("labels"))?;
                Ok(Fields { labels, ends })
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// Whether Go reads a name as a field: letters in any case, and the two letters outside of
/// ASCII that fold into it.
fn is_read_as(name: &str, field: &str) -> bool {
    name == field
        || (name.len() <= 2 * field.len()
            && name
                .chars()
                .flat_map(char::to_uppercase)
                .eq(field.chars().flat_map(char::to_uppercase)))
        || name.contains('\u{212a}') && is_read_as(&name.replace('\u{212a}', "k"), field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Alert::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn parse_what_go_reads_otherwise_is_refused() {
        for text in [
            r#"{"labels":{"a":"1"},"Labels":{"a":"2"}}"#,
            r#"{"LABELS":{"a":"2"}}"#,
            r#"{"label\u017f":{"a":"2"}}"#,
            r#"{"labels":{"a":"1"},"labels":{"a":"2"}}"#,
            r#"{"labels":{"a":"1"},"endsat":"2026-06-06T19:00:00Z"}"#,
        ] {
            assert!(error(text).contains("is the field that may be there once"), "{text}");
        }
        assert!(
            error(r#"{"labels":{"a":"1","\u0061":"2"}}"#)
                .starts_with("labels: \"a\" is there twice")
        );
        let many: Vec<String> = (0..40).map(|n| format!(r#""a{n}":"x""#)).collect();
        let many = format!(r#"{{"labels":{{{},"a7":"y"}}}}"#, many.join(","));
        assert!(error(&many).starts_with("labels: \"a7\" is there twice"));
    }

    #[test]
    fn parse_wrong_forms_name_the_field() {
        assert!(error("7").contains("an alert, which is an object"));
        assert!(error("{}").contains("missing field `labels`"));
        assert!(error(r#"{"labels":null}"#).starts_with("labels: "));
        assert!(error(r#"{"labels":{"a":1}}"#).starts_with("labels: "));
        for labels in ["{}", r#"{"a":""}"#] {
            let text = format!(r#"{{"labels":{labels}}}"#);
            assert_eq!(error(&text), "labels: there is no label with a value");
        }
        assert!(
            error(r#"{"labels":{"a":"1"},"annotations":{"a":[]}}"#).starts_with("annotations: ")
        );
        assert!(error(r#"{"labels":{"a":"1"},"startsAt":7}"#).starts_with("startsAt: "));
        let long = format!(r#"{{"labels":{{"a":"{}"}}}}"#, "x".repeat(MAX_ALERT_BYTES));
        assert!(error(&long).starts_with("the alert has 1048"));
        let deep = "[".repeat(300_000);
        assert!(Alert::parse(&format!(r#"{{"labels":{{"a":"1"}},"x":{deep}"#)).is_err());
        assert!(texts(format!("[{deep}").as_bytes()).is_err());
    }

    #[test]
    fn ends_zero_or_odd_is_none() {
        let ends = |text: &str| {
            Alert::parse(&format!(r#"{{"labels":{{"a":"1"}},"endsAt":{text}}}"#)).unwrap().ends
        };
        assert_eq!(
            ends(r#""2026-06-06T19:00:00.5Z""#),
            Some("2026-06-06T19:00:00.500Z".parse().unwrap())
        );
        for text in [r#""0001-01-01T00:00:00.000Z""#, r#""""#, r#""soon""#, "null"] {
            assert_eq!(ends(text), None, "{text}");
        }
    }

    #[test]
    fn marked_replaces_earlier_marks_and_keeps_other_text() {
        let text = r#"{"annotations":{"silenced_by":"x","a":"\u00fc","silenced_until":"y"},"labels":{"a":"1"},"other":[1.0,{}]}"#;
        let until = SilenceEnd::At("2026-06-06T19:00:00Z".parse().unwrap());
        let marked = Alert::parse(text).unwrap().marked("a\"b", until);
        assert_eq!(
            marked,
            r#"{"labels":{"a":"1"},"other":[1.0,{}],"annotations":{"a":"\u00fc","silenced_by":"a\"b","silenced_until":"2026-06-06T19:00:00Z"}}"#
        );
    }
}

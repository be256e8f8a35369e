//! Regular expressions of many forms, and what each accepts, written by hand: the oracle
//! shares no code with the crate.

/// A form of pattern over two texts. The texts have no special characters but `.`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `t.*`
    Prefix,
    /// `t.+`
    LongerPrefix,
    /// `t.`
    OneMore,
    /// `t|u`
    Alternation,
    /// `(t|u)`
    GroupedAlternation,
    /// `t(u|)`
    OptionalEnd,
    /// `|t`
    EmptyOrText,
    /// `(t)?`
    OptionalText,
    /// `t?`: the last character is optional.
    OptionalLast,
    /// `t*`: the last character may be repeated or absent.
    RepeatedLast,
    /// `t{2}`: the last character occurs twice.
    TwiceLast,
    /// `t|u.*`
    TextOrPrefix,
    /// `.*t`
    Suffix,
    /// `.*t.*`
    Contains,
    /// `(?i)t`
    IgnoreCase,
    /// `(?i)t.*`
    IgnoreCasePrefix,
    /// `(?i:t)u`
    IgnoreCaseStart,
    /// `t(?i:u)`
    IgnoreCaseEnd,
    /// `^t$`
    Anchored,
    /// `\At\z|u`
    AnchoredOr,
    /// `(?x) t | u`
    Extended,
    /// `[ab]+`
    Class,
    /// `t[0-9]*`
    Digits,
    /// `.*`
    Any,
    /// `(?s).*`
    AnyWithLines,
    /// `.+`
    AnyCharacters,
    /// The empty pattern.
    Empty,
}

pub(crate) const FORMS: [Form; 27] = [
    Form::Prefix,
    Form::LongerPrefix,
    Form::OneMore,
    Form::Alternation,
    Form::GroupedAlternation,
    Form::OptionalEnd,
    Form::EmptyOrText,
    Form::OptionalText,
    Form::OptionalLast,
    Form::RepeatedLast,
    Form::TwiceLast,
    Form::TextOrPrefix,
    Form::Suffix,
    Form::Contains,
    Form::IgnoreCase,
    Form::IgnoreCasePrefix,
    Form::IgnoreCaseStart,
    Form::IgnoreCaseEnd,
    Form::Anchored,
    Form::AnchoredOr,
    Form::Extended,
    Form::Class,
    Form::Digits,
    Form::Any,
    Form::AnyWithLines,
    Form::AnyCharacters,
    Form::Empty,
];

#[derive(Clone, Debug)]
pub(crate) struct PatternSpec {
    pub form: Form,
    /// Two texts that are not empty, of ASCII characters without `k` and `s`, which have
    /// further forms in Unicode.
    pub texts: [&'static str; 2],
}

/// `.` matches no line feed.
fn dots(text: &str) -> bool {
    !text.contains('\n')
}

fn starts_ignoring_case(value: &str, text: &str) -> bool {
    value.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text))
}

impl PatternSpec {
    /// The pattern, in the syntax of the crate.
    pub(crate) fn pattern(&self) -> String {
        let [t, u] = self.texts.map(|text| text.replace('.', "\\."));
        match self.form {
            Form::Prefix => format!("{t}.*"),
            Form::LongerPrefix => format!("{t}.+"),
            Form::OneMore => format!("{t}."),
            Form::Alternation => format!("{t}|{u}"),
            Form::GroupedAlternation => format!("({t}|{u})"),
            Form::OptionalEnd => format!("{t}({u}|)"),
            Form::EmptyOrText => format!("|{t}"),
            Form::OptionalText => format!("({t})?"),
            Form::OptionalLast => format!("{t}?"),
            Form::RepeatedLast => format!("{t}*"),
            Form::TwiceLast => format!("{t}{{2}}"),
            Form::TextOrPrefix => format!("{t}|{u}.*"),
            Form::Suffix => format!(".*{t}"),
            Form::Contains => format!(".*{t}.*"),
            Form::IgnoreCase => format!("(?i){t}"),
            Form::IgnoreCasePrefix => format!("(?i){t}.*"),
            Form::IgnoreCaseStart => format!("(?i:{t}){u}"),
            Form::IgnoreCaseEnd => format!("{t}(?i:{u})"),
            Form::Anchored => format!("^{t}$"),
            Form::AnchoredOr => format!("\\A{t}\\z|{u}"),
            Form::Extended => format!("(?x) {t} # either\n | {u}"),
            Form::Class => "[ab]+".to_owned(),
            Form::Digits => format!("{t}[0-9]*"),
            Form::Any => ".*".to_owned(),
            Form::AnyWithLines => "(?s).*".to_owned(),
            Form::AnyCharacters => ".+".to_owned(),
            Form::Empty => String::new(),
        }
    }

    /// Whether the pattern accepts a value.
    pub(crate) fn accepts(&self, value: &str) -> bool {
        let [t, u] = self.texts;
        // Everything but the last character, and that character.
        let (most, last) = t.split_at(t.len() - 1);
        let is_one = |text: &str| text.chars().count() == 1 && dots(text);
        match self.form {
            Form::Prefix => value.strip_prefix(t).is_some_and(dots),
            Form::LongerPrefix => {
                value.strip_prefix(t).is_some_and(|rest| !rest.is_empty() && dots(rest))
            }
            Form::OneMore => value.strip_prefix(t).is_some_and(is_one),
            Form::Alternation | Form::GroupedAlternation | Form::AnchoredOr | Form::Extended => {
                value == t || value == u
            }
            Form::OptionalEnd => {
                value.strip_prefix(t).is_some_and(|rest| rest.is_empty() || rest == u)
            }
            Form::EmptyOrText | Form::OptionalText => value.is_empty() || value == t,
            Form::OptionalLast => value == t || value == most,
            Form::RepeatedLast => {
                value.strip_prefix(most).is_some_and(|rest| rest.split(last).all(str::is_empty))
            }
            Form::TwiceLast => value.strip_prefix(t) == Some(last),
            Form::TextOrPrefix => value == t || value.strip_prefix(u).is_some_and(dots),
            Form::Suffix => value.strip_suffix(t).is_some_and(dots),
            Form::Contains => value.contains(t) && dots(value),
            Form::IgnoreCase => value.eq_ignore_ascii_case(t),
            Form::IgnoreCasePrefix => starts_ignoring_case(value, t) && dots(&value[t.len()..]),
            Form::IgnoreCaseStart => starts_ignoring_case(value, t) && value[t.len()..] == *u,
            Form::IgnoreCaseEnd => {
                value.strip_prefix(t).is_some_and(|rest| rest.eq_ignore_ascii_case(u))
            }
            Form::Anchored => value == t,
            Form::Class => !value.is_empty() && value.chars().all(|c| c == 'a' || c == 'b'),
            Form::Digits => {
                value.strip_prefix(t).is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()))
            }
            Form::Any => dots(value),
            Form::AnyWithLines => true,
            Form::AnyCharacters => !value.is_empty() && dots(value),
            Form::Empty => value.is_empty(),
        }
    }
}

//! What every vendor's API is spoken in: requests, responses, refusals, and
//! the parts of a path and a query string.

use std::fmt;
use std::str::FromStr;

use crate::dialects::naming::check_part;
use crate::error::{Error, ErrorKind, abridged};
use crate::json::value::Value;
use crate::time::Timestamp;

/// The longest body of a request, in bytes.
pub const MAX_BODY_BYTES: usize = 1 << 20;

/// The methods that the APIs use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl FromStr for Method {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "GET" => Ok(Self::Get),
            "POST" => Ok(Self::Post),
            "PUT" => Ok(Self::Put),
            "PATCH" => Ok(Self::Patch),
            "DELETE" => Ok(Self::Delete),
            other => Err(Error::invalid(format_args!(
                "\"{}\" is not one of GET, POST, PUT, PATCH, DELETE",
                abridged(other)
            ))),
        }
    }
}

/// A request as an HTTP server has it.
///
/// ```
/// use quietude::dialects::{Method, Request};
///
/// let request = Request::new(Method::Get, "/Monitor/a%20b/MaintenancePeriod?pretty=true", b"");
/// assert_eq!(request.path, "/Monitor/a%20b/MaintenancePeriod");
/// assert_eq!(request.query, "pretty=true");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The method.
    pub method: Method,
    /// The path below the place where the API is mounted, still encoded.
    pub path: &'a str,
    /// What follows the question mark, still encoded; empty without one.
    pub query: &'a str,
    /// The body; empty without one.
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    /// A request for a target, which is a path and maybe a query string.
    #[must_use]
    pub fn new(method: Method, target: &'a str, body: &'a [u8]) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self { method, path, query, body }
    }

    /// The segments of the path, decoded. An empty one at the end is dropped.
    pub(crate) fn segments(&self) -> Result<Vec<String>, Error> {
        let path = self.path.strip_prefix('/').unwrap_or(self.path);
        let path = path.strip_suffix('/').unwrap_or(path);
        path.split('/').map(|segment| decoded(segment, Plus::Itself)).collect()
    }

    /// The fields of the query string, decoded, in order.
    ///
    /// # Errors
    ///
    /// If something is not percent-encoded UTF-8; the error names the field.
    ///
    /// ```
    /// use quietude::dialects::{Method, Request};
    ///
    /// let request = Request::new(Method::Get, "/silenced?entity=uptrends%3Am+1", b"");
    /// assert_eq!(request.parameters()?, [("entity".to_owned(), "uptrends:m 1".to_owned())]);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn parameters(&self) -> Result<Vec<(String, String)>, Error> {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                let name = decoded(name, Plus::Space)?;
                let value =
                    decoded(value, Plus::Space).map_err(|e| e.in_field(&abridged(&name)))?;
                Ok((name, value))
            })
            .collect()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Result<Value, Error> {
        if self.body.len() > MAX_BODY_BYTES {
            return Err(Error::new(
                ErrorKind::Limit,
                format_args!("a body of {} bytes is longer than {MAX_BODY_BYTES}", self.body.len()),
            ));
        }
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Err(Error::syntax("the body is missing: a JSON object is needed"));
        }
        let text = std::str::from_utf8(self.body)
            .map_err(|error| Error::syntax(format_args!("the body is not UTF-8: {error}")))?;
        Value::parse(text)
    }
}

/// What a request comes with besides its text: the time, who asks, and where
/// new ids come from. The host supplies all three.
pub struct Call<'a> {
    /// The time at which the request is answered.
    pub now: Timestamp,
    /// Who asks, for the vendors that write it down; empty if nobody knows.
    pub user: &'a str,
    new_id: &'a mut dyn FnMut() -> String,
}

impl<'a> Call<'a> {
    /// At `now`, with ids from `new_id`. An id that is taken, or not of the
    /// vendor's form, fails the operation that asked for it (status 500).
    ///
    /// ```
    /// use quietude::dialects::Call;
    ///
    /// let mut new_id = || "5628faffd4c606594adaa3b2".to_owned();
    /// let call = Call::new("2015-10-22T15:04:31Z".parse()?, &mut new_id).by("ops@example.com");
    /// assert_eq!(call.user, "ops@example.com");
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn new(now: Timestamp, new_id: &'a mut dyn FnMut() -> String) -> Self {
        Self { now, user: "", new_id }
    }

    /// The same, by this user.
    #[must_use]
    pub fn by(mut self, user: &'a str) -> Self {
        self.user = user;
        self
    }

    /// A new id that passes `check`.
    pub(crate) fn new_id<T>(
        &mut self,
        check: impl FnOnce(String) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let id = (self.new_id)();
        let refused = |error| Failure::internal(error).under("the source of ids");
        check_part(&id).map_err(refused)?;
        check(id).map_err(refused)
    }
}

impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("now", &self.now)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// A response for an HTTP server to send.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The text after the status code.
    pub reason: &'static str,
    /// Headers, `Content-Type` among them where there is a body.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty where the vendor sends none.
    pub body: String,
}

impl Response {
    pub(crate) fn json(status: u16, body: String) -> Self {
        let headers = vec![("Content-Type", "application/json".to_owned())];
        Self { status, reason: reason(status), headers, body }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, reason: reason(status), headers: Vec::new(), body: String::new() }
    }

    /// A header, by its name in any case.
    ///
    /// ```
    /// # use quietude::dialects::{Call, Method, Request, System, spaceone};
    /// # let mut service = spaceone::Service::new();
    /// # let mut ids = String::new;
    /// # let mut call = Call::new("2026-01-01T00:00:00Z".parse()?, &mut ids);
    /// let response = service.handle(&Request::new(Method::Get, "/nowhere", b""), &mut call);
    /// assert_eq!(response.header("content-type"), Some("application/json"));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// The usual text of a status code.
pub(crate) fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Payload Too Large",
        _ => "Internal Server Error",
    }
}

/// Why an operation was refused: nothing has changed.
///
/// ```
/// # use quietude::dialects::uptrends;
/// let service = uptrends::Service::new("acme", chrono_tz::UTC)?;
/// let failure = service.list("monitor-1").unwrap_err();
/// assert_eq!((failure.status(), failure.field()), (404, "monitorGuid"));
/// assert_eq!(failure.to_string(), "monitorGuid: no monitor is `monitor-1`");
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    status: u16,
    code: Option<&'static str>,
    error: Error,
}

impl Failure {
    pub(crate) fn new(status: u16, error: Error) -> Self {
        Self { status, code: None, error }
    }

    /// Nothing is known under an id.
    pub(crate) fn not_found(field: &str, what: &str, id: &str) -> Self {
        let message = format!("no {what} is `{}`", abridged(id));
        Self::new(404, Error::new(ErrorKind::NotFound, message).in_field(field))
    }

    /// The host's own mistake.
    pub(crate) fn internal(error: Error) -> Self {
        Self::new(500, error)
    }

    pub(crate) fn invalid(field: &str, message: impl fmt::Display) -> Self {
        Error::invalid(message).in_field(field).into()
    }

    pub(crate) fn no_such_path(path: &str) -> Self {
        let message = format!("nothing is served at `{}`", abridged(path));
        Self::new(404, Error::new(ErrorKind::NotFound, message))
    }

    pub(crate) fn no_such_method(allowed: &str) -> Self {
        Self::new(405, Error::new(ErrorKind::Unsupported, format!("the method is not {allowed}")))
    }

    /// Gives the failure the vendor's own code.
    pub(crate) fn coded(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    pub(crate) fn under(mut self, field: &str) -> Self {
        self.error = self.error.in_field(field);
        self
    }

    pub(crate) fn code(&self) -> Option<&'static str> {
        self.code
    }

    /// The status code of the response.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The place in the request, as a path of fields; empty where there is
    /// none.
    #[must_use]
    pub fn field(&self) -> &str {
        self.error.path()
    }

    /// The error, with its kind.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }
}

/// What is wrong with a request is a 400; too long a one is a 413.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let too_long = error.kind() == ErrorKind::Limit && error.path().is_empty();
        Self::new(if too_long { 413 } else { 400 }, error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Failure {}

/// What a plus sign stands for.
#[derive(Clone, Copy, PartialEq)]
enum Plus {
    Itself,
    Space,
}

/// Decodes `%41` and, in query strings, `+`.
fn decoded(text: &str, plus: Plus) -> Result<String, Error> {
    let refused =
        || Error::syntax(format_args!("\"{}\" is not percent-encoded UTF-8", abridged(text)));
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        bytes.push(match byte {
            b'%' => {
                let (pair, tail) = rest.split_at_checked(2).ok_or_else(refused)?;
                let digit = |byte: u8| char::from(byte).to_digit(16).ok_or_else(refused);
                rest = tail;
                (digit(pair[0])? * 16 + digit(pair[1])?) as u8
            }
            b'+' if plus == Plus::Space => b' ',
            byte => *byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| refused())
}

/// Encodes a segment of a path: everything but letters, digits and `-._~`.
pub(crate) fn encoded(segment: &str) -> String {
    let mut text = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(byte));
            }
            byte => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// A list of texts that are not empty, at least one and at most `limit`.
pub(crate) fn texts(value: Value, limit: usize) -> Result<Vec<String>, Error> {
    let texts = value.list(|value| {
        let text = value.text()?;
        check_part(&text)?;
        Ok(text)
    })?;
    limited(texts.len(), limit)?;
    if texts.is_empty() {
        return Err(Error::invalid("[] is empty: at least one is needed"));
    }
    Ok(texts)
}

/// Refuses more than a stated number of things.
pub(crate) fn limited(count: usize, limit: usize) -> Result<(), Error> {
    if count <= limit {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Limit, format_args!("{count} are more than {limit}")))
}

/// The longest title or name, in bytes of UTF-8.
pub const MAX_TEXT_BYTES: usize = 4096;

/// Text that may not be empty, for people.
pub(crate) fn filled(value: Value) -> Result<String, Error> {
    let text = value.text()?;
    if text.is_empty() {
        return Err(Error::invalid("is empty"));
    }
    if text.len() > MAX_TEXT_BYTES {
        return Err(Error::beyond(text.len(), "bytes", MAX_TEXT_BYTES));
    }
    Ok(text)
}

/// An id of the vendor's.
pub(crate) fn part(value: Value) -> Result<String, Error> {
    let text = value.text()?;
    check_part(&text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded_or_refused() {
        let path = |path| Request::new(Method::Get, path, b"").segments();
        assert_eq!(path("/a%20b/c+d/%C3%A9/").unwrap(), ["a b", "c+d", "é"]);
        for bad in ["/%", "/%4", "/%zz", "/%ff", "/%é"] {
            assert!(path(bad).is_err(), "{bad}");
        }
        let query = |query| Request { method: Method::Get, path: "/", query, body: b"" };
        let pairs = query("a=1+2&b=%26&&c").parameters().unwrap();
        let expected = [("a", "1 2"), ("b", "&"), ("c", "")];
        assert!(pairs.iter().map(|(a, b)| (a.as_str(), b.as_str())).eq(expected));
        for text in ["a b", "50%", "c+d/e?f", "é", "541ed2009436399a1f54e01b"] {
            assert_eq!(decoded(&encoded(text), Plus::Space).unwrap(), text);
        }
        assert_eq!(query("pretty=%").parameters().unwrap_err().path(), "pretty");
    }

    #[test]
    fn a_body_is_json_within_the_limit() {
        let body = |body| Request::new(Method::Post, "/", body).json();
        assert!(body(b"").is_err() && body(b" \n").is_err() && body(b"\xff").is_err());
        assert_eq!(body(b"{} ").unwrap(), Value::Object(vec![]));
        let long = vec![b' '; MAX_BODY_BYTES + 1];
        assert_eq!(Failure::from(body(&long).unwrap_err()).status(), 413);
    }
}

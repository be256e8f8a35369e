//! Requests, responses and errors of the vendors' HTTP APIs, and percent coding.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind, truncated};
use crate::json::value::Value;
use crate::time::Timestamp;
use crate::vendors::budget::{Budget, MAX_REQUEST_STEPS};
use crate::vendors::ids::check_segment;
use crate::vendors::parse::parse;

/// The maximum length of a request body, in bytes: 1 MiB.
pub const MAX_BODY_BYTES: usize = 1 << 20;

/// The HTTP methods that the APIs use.
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
    /// A method that none of the APIs uses, such as OPTIONS. The response has the status 405
    /// and an `Allow` header, or 404 if there is nothing at the path.
    Other,
}

/// Parses the name of one of the five methods, in capitals. HEAD is read as GET: the server
/// omits the body of the response (RFC 9110, 9.3.2).
///
/// ```
/// use quietude::vendors::Method;
///
/// assert_eq!("HEAD".parse(), Ok(Method::Get));
/// assert_eq!("OPTIONS".parse().unwrap_or(Method::Other), Method::Other);
/// ```
impl FromStr for Method {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "GET" | "HEAD" => Ok(Self::Get),
            "POST" => Ok(Self::Post),
            "PUT" => Ok(Self::Put),
            "PATCH" => Ok(Self::Patch),
            "DELETE" => Ok(Self::Delete),
            other => Err(Error::invalid(format_args!(
                "\"{}\" is not one of GET, POST, PUT, PATCH, DELETE",
                truncated(other)
            ))),
        }
    }
}

/// An HTTP request. The text is still percent-encoded.
///
/// ```
/// use quietude::vendors::{Method, Request};
///
/// let request = Request::new(Method::Get, "/Monitor/a%20b/MaintenancePeriod?pretty=true", b"");
/// assert_eq!(request.path, "/Monitor/a%20b/MaintenancePeriod");
/// assert_eq!(request.query, "pretty=true");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The method.
    pub method: Method,
    /// The path below the mount point of the API, percent-encoded.
    pub path: &'a str,
    /// The query string without the question mark, percent-encoded; may be empty.
    pub query: &'a str,
    /// The body; may be empty.
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    /// Creates a request. `target` is a path, optionally with a query string.
    #[must_use]
    pub fn new(method: Method, target: &'a str, body: &'a [u8]) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self { method, path, query, body }
    }

    /// The segments of the path, percent-decoded. One trailing slash is ignored.
    pub(crate) fn segments(&self) -> Result<Vec<String>, Error> {
        let path = self.path.strip_prefix('/').unwrap_or(self.path);
        let path = path.strip_suffix('/').unwrap_or(path);
        path.split('/').map(|segment| percent_decode(segment, PlusSign::Literal)).collect()
    }

    /// The parameters of the query string, percent-decoded, in order. A `+` is a
    /// space.
    ///
    /// # Errors
    ///
    /// If a name or a value is not percent-encoded UTF-8; for a value, the path of
    /// the error is the name.
    ///
    /// ```
    /// use quietude::vendors::{Method, Request};
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
                let name = percent_decode(name, PlusSign::Space)?;
                let value =
                    percent_decode(value, PlusSign::Space).map_err(|e| e.in_given_field(&name))?;
                Ok((name, value))
            })
            .collect()
    }

    /// Parses the body as JSON. A body that is too long is a 413. The steps and the bytes
    /// are counted.
    pub(crate) fn json(&self, budget: &Budget) -> Result<Value, ApiError> {
        if self.body.len() > MAX_BODY_BYTES {
            let message =
                format_args!("a body of {} bytes is longer than {MAX_BODY_BYTES}", self.body.len());
            return Err(ApiError::new(413, Error::new(ErrorKind::Limit, message)));
        }
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Err(Error::syntax("the body is missing: a JSON object is needed").into());
        }
        let text = std::str::from_utf8(self.body)
            .map_err(|error| Error::syntax(format_args!("the body is not UTF-8: {error}")))?;
        Ok(parse(text, budget)?)
    }
}

/// The context in which a request is executed: the time, the user and the source
/// of new ids. The host supplies all three. The context also counts the work of the request.
pub struct Context<'a> {
    /// The current time.
    pub now: Timestamp,
    /// The user who sends the request, for vendors that record it; may be empty.
    pub user: &'a str,
    new_id: &'a mut dyn FnMut() -> String,
    pub(crate) budget: Budget,
}

impl<'a> Context<'a> {
    /// Creates a context without a user.
    ///
    /// `new_id` is called once for each new object. If it returns an id that is in
    /// use or does not have the vendor's form, the operation fails with status 500.
    ///
    /// ```
    /// use quietude::vendors::Context;
    ///
    /// let mut new_id = || "5628faffd4c606594adaa3b2".to_owned();
    /// let context = Context::new("2015-10-22T15:04:31Z".parse()?, &mut new_id).with_user("ops@example.com");
    /// assert_eq!(context.user, "ops@example.com");
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn new(now: Timestamp, new_id: &'a mut dyn FnMut() -> String) -> Self {
        Self { now, user: "", new_id, budget: Budget::new(MAX_REQUEST_STEPS) }
    }

    /// Starts the counts of a request at zero. Every `handle` calls it first.
    pub(crate) fn begin(&mut self) {
        self.budget = Budget::new(MAX_REQUEST_STEPS);
    }

    /// The steps that the last request took, at most
    /// [`MAX_REQUEST_STEPS`](crate::vendors::MAX_REQUEST_STEPS).
    ///
    /// ```
    /// use quietude::vendors::{Context, MAX_REQUEST_STEPS, Method, Request, VendorApi, spaceone};
    ///
    /// let mut service = spaceone::Service::new();
    /// let mut ids = String::new;
    /// let mut context = Context::new("2026-01-01T00:00:00Z".parse()?, &mut ids);
    /// service.handle(&Request::new(Method::Get, "/maintenance-windows?domain_id=d", b""), &mut context);
    /// assert!(context.steps() <= MAX_REQUEST_STEPS);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.budget.steps()
    }

    /// The bytes that the last request allocated, at most
    /// [`MAX_REQUEST_BYTES`](crate::vendors::MAX_REQUEST_BYTES). Bytes that it released
    /// are counted, too.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.budget.bytes()
    }

    /// Sets the user.
    #[must_use]
    pub fn with_user(mut self, user: &'a str) -> Self {
        self.user = user;
        self
    }

    /// Takes a new id from the host and checks it. A failed check is a 500.
    pub(crate) fn new_id<T>(
        &mut self,
        check: impl FnOnce(String) -> Result<T, Error>,
    ) -> Result<T, ApiError> {
        let id = (self.new_id)();
        let invalid_id = |error| ApiError::internal(error).under("the source of ids");
        check_segment(&id).map_err(invalid_id)?;
        check(id).map_err(invalid_id)
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("now", &self.now)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// An HTTP response.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The reason phrase after the status code.
    pub reason: &'static str,
    /// The headers. There is a `Content-Type` if there is a body.
    pub headers: Vec<(&'static str, String)>,
    /// The body; may be empty.
    pub body: String,
}

impl Response {
    pub(crate) fn json(status: u16, body: String) -> Self {
        let headers = vec![("Content-Type", "application/json".to_owned())];
        Self { status, reason: reason(status), headers, body }
    }

    /// The response to a failed request: `body` with the status of the error and, if the
    /// method is not allowed, the header `Allow`.
    pub(crate) fn error(error: &ApiError, body: String) -> Self {
        let mut response = Self::json(error.status, body);
        response.headers.extend(error.allow_header());
        response
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, reason: reason(status), headers: Vec::new(), body: String::new() }
    }

    /// The value of a header. The case of `name` does not matter.
    ///
    /// ```
    /// # use quietude::vendors::{Context, Method, Request, VendorApi, spaceone};
    /// # let mut service = spaceone::Service::new();
    /// # let mut ids = String::new;
    /// # let mut context = Context::new("2026-01-01T00:00:00Z".parse()?, &mut ids);
    /// let response = service.handle(&Request::new(Method::Get, "/nowhere", b""), &mut context);
    /// assert_eq!(response.header("content-type"), Some("application/json"));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// The standard reason phrase of a status code.
pub(crate) fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Payload Too Large",
        _ => "Internal Server Error",
    }
}

/// Why an operation failed. A failed operation has changed nothing.
///
/// ```
/// # use quietude::{Zone, vendors::uptrends};
/// let service = uptrends::Service::new("acme", Zone::utc())?;
/// let error = service.list("monitor-1").unwrap_err();
/// assert_eq!((error.status(), error.field()), (404, "monitorGuid"));
/// assert_eq!(error.to_string(), "monitorGuid: no monitor is `monitor-1`");
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    status: u16,
    code: Option<&'static str>,
    /// The methods of the path, for a 405: `GET, PATCH or DELETE`.
    allowed: Option<&'static str>,
    error: Error,
}

impl ApiError {
    pub(crate) fn new(status: u16, error: Error) -> Self {
        Self { status, code: None, allowed: None, error }
    }

    /// A 404: there is no object with this id.
    pub(crate) fn not_found(field: &str, what: &str, id: &str) -> Self {
        let message = format!("no {what} is `{}`", truncated(id));
        Self::new(404, Error::new(ErrorKind::NotFound, message).in_field(field))
    }

    /// A 500: the host passed an invalid id.
    pub(crate) fn internal(error: Error) -> Self {
        Self::new(500, error)
    }

    /// The host refuses the request.
    pub(crate) fn refused(status: u16, message: &str) -> Self {
        Self::new(status, Error::invalid(message))
    }

    pub(crate) fn invalid(field: &str, message: impl fmt::Display) -> Self {
        Error::invalid(message).in_field(field).into()
    }

    pub(crate) fn no_such_path(path: &str) -> Self {
        let message = format!("nothing is served at `{}`", truncated(path));
        Self::new(404, Error::new(ErrorKind::NotFound, message))
    }

    /// A 405; `allowed` is for example `GET, PATCH or DELETE`.
    pub(crate) fn no_such_method(allowed: &'static str) -> Self {
        let message = format_args!("the method is not {allowed}");
        let error = Self::new(405, Error::new(ErrorKind::Unsupported, message));
        Self { allowed: Some(allowed), ..error }
    }

    /// The header `Allow` of a 405. HEAD goes with GET.
    pub(crate) fn allow_header(&self) -> Option<(&'static str, String)> {
        let allowed = self.allowed?.replace(" or ", ", ");
        Some(("Allow", allowed.replace("GET", "GET, HEAD")))
    }

    /// Sets the vendor's error code.
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

    /// The HTTP status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The path of the invalid field in the request, for example `ids[0]`; empty
    /// if the error is not about a field.
    #[must_use]
    pub fn field(&self) -> &str {
        self.error.path()
    }

    /// The underlying error.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }
}

/// A 400.
impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self::new(400, error)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for ApiError {}

/// What a plus sign decodes to.
#[derive(Clone, Copy, PartialEq)]
enum PlusSign {
    Literal,
    Space,
}

/// Decodes `%XX` and, with [`PlusSign::Space`], `+` (RFC 3986, section 2.1).
fn percent_decode(text: &str, plus: PlusSign) -> Result<String, Error> {
    let invalid =
        || Error::syntax(format_args!("\"{}\" is not percent-encoded UTF-8", truncated(text)));
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        bytes.push(match byte {
            b'%' => {
                let (pair, tail) = rest.split_at_checked(2).ok_or_else(invalid)?;
                let digit = |byte: u8| char::from(byte).to_digit(16).ok_or_else(invalid);
                rest = tail;
                (digit(pair[0])? * 16 + digit(pair[1])?) as u8
            }
            b'+' if plus == PlusSign::Space => b' ',
            byte => *byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| invalid())
}

/// Percent-encodes a path segment: every byte except the unreserved characters of
/// RFC 3986, section 2.3.
pub(crate) fn percent_encode(segment: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_decode_round_trip_and_errors() {
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
            assert_eq!(percent_decode(&percent_encode(text), PlusSign::Space).unwrap(), text);
        }
        assert_eq!(query("pretty=%").parameters().unwrap_err().path(), "pretty");
    }

    #[test]
    fn allow_header_lists_methods() {
        let allow = |allowed| ApiError::no_such_method(allowed).allow_header().unwrap().1;
        assert_eq!(allow("GET, PATCH or DELETE"), "GET, HEAD, PATCH, DELETE");
        assert_eq!(allow("POST"), "POST");
        assert_eq!(ApiError::no_such_path("/x").allow_header(), None);
    }

    #[test]
    fn request_json_valid_within_limit() {
        let body =
            |body| Request::new(Method::Post, "/", body).json(&Budget::new(MAX_REQUEST_STEPS));
        assert!(body(b"").is_err() && body(b" \n").is_err() && body(b"\xff").is_err());
        assert_eq!(body(b"{} ").unwrap(), Value::Object(vec![]));
        let long = vec![b' '; MAX_BODY_BYTES + 1];
        assert_eq!(body(&long).unwrap_err().status(), 413);
        let deep = body(&[b'['; 128]).unwrap_err();
        assert_eq!((deep.status(), deep.error().kind()), (400, ErrorKind::Limit));
    }
}

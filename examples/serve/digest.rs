//! HTTP digest authentication (RFC 2617), with the challenge of the Ops Manager API.
//!
//! The server keeps no state: a nonce is a time and a hash of it with a secret, as section
//! 3.2.1 proposes, and is accepted for five minutes. A request can be repeated in that time.
//! The password is not sent, but all else can be read on the way: outside of a
//! loopback address, use TLS.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::hash::BuildHasher as _;

use md5::{Digest as _, Md5};

const REALM: &str = "MMS Public API";
/// How long a nonce is accepted, in milliseconds.
const NONCE_LIFETIME_MS: i64 = 5 * 60 * 1000;

/// What the check of a request reads.
pub(crate) struct Head<'a> {
    pub(crate) method: &'a str,
    /// The path and the query, as sent.
    pub(crate) target: &'a str,
    pub(crate) authorization: Option<&'a str>,
}

/// Why a request is refused, and the value of the header `WWW-Authenticate`.
pub(crate) struct Refusal {
    pub(crate) reason: &'static str,
    pub(crate) challenge: String,
}

/// The only user.
pub(crate) struct Digest {
    user: String,
    /// The hash of the user, the realm and the password.
    ha1: String,
    /// Random, for the hash in a nonce.
    secret: String,
}

impl Digest {
    pub(crate) fn new(user: &str, password: &str) -> Self {
        let random = || RandomState::new().hash_one(0);
        Self {
            user: user.to_owned(),
            ha1: md5(&[user, REALM, password]),
            secret: format!("{:016x}{:016x}", random(), random()),
        }
    }

    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// Checks the header `Authorization` of a request at `now` (Unix time in milliseconds).
    pub(crate) fn check(&self, head: &Head<'_>, now: i64) -> Result<(), Refusal> {
        let Some(header) = head.authorization else {
            return Err(self.refusal("digest authentication is needed", false, now));
        };
        match self.check_header(header, head) {
            Ok(nonce) if self.is_fresh(nonce, now) => Ok(()),
            Ok(_) => Err(self.refusal("the nonce is not accepted any more", true, now)),
            Err(reason) => Err(self.refusal(reason, false, now)),
        }
    }

    /// Checks all but the nonce, and returns that.
    fn check_header<'a>(&self, header: &'a str, head: &Head<'_>) -> Result<&'a str, &'static str> {
        let scheme = header.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("Digest "));
        scheme.ok_or("the scheme of Authorization is not Digest")?;
        let fields = parameters(&header[7..]).ok_or("Authorization is malformed")?;
        let field = |name: &str| fields.get(name).copied().unwrap_or_default();
        if field("realm") != REALM || field("uri") != head.target {
            return Err("Authorization has another realm or uri than the request");
        }
        if !matches!(field("algorithm").to_ascii_uppercase().as_str(), "" | "MD5") {
            return Err("the algorithm of Authorization is not MD5");
        }
        let ha2 = md5(&[head.method, head.target]);
        let nonce = field("nonce");
        let expected = match field("qop") {
            // As in RFC 2069: the vendor's challenge has no `qop`, but `op`.
            "" => md5(&[&self.ha1, nonce, &ha2]),
            "auth" => md5(&[&self.ha1, nonce, field("nc"), field("cnonce"), "auth", &ha2]),
            _ => return Err("the qop of Authorization is not auth"),
        };
        if field("username") != self.user || !is_equal(field("response"), &expected) {
            return Err("the user or the password is wrong");
        }
        Ok(nonce)
    }

    /// A refusal with a new nonce. `stale` asks the client to repeat the request with it.
    fn refusal(&self, reason: &'static str, stale: bool, now: i64) -> Refusal {
        let nonce = self.nonce(&format!("{now:x}"));
        // To the letter as the vendor's samples have it.
        let challenge = format!(
            "Digest realm=\"{REALM}\", domain=\"\", nonce=\"{nonce}\", algorithm=MD5, op=\"auth\", stale={stale}"
        );
        Refusal { reason, challenge }
    }

    fn nonce(&self, time: &str) -> String {
        format!("{time}.{}", md5(&[&self.secret, time, &self.secret]))
    }

    fn is_fresh(&self, nonce: &str, now: i64) -> bool {
        let Some((time, _)) = nonce.split_once('.') else { return false };
        let Ok(made) = i64::from_str_radix(time, 16) else { return false };
        is_equal(nonce, &self.nonce(time)) && (0..=NONCE_LIFETIME_MS).contains(&(now - made))
    }
}

/// The MD5 hash of the parts, joined by colons, in hex.
fn md5(parts: &[&str]) -> String {
    let mut hex = String::with_capacity(32);
    for byte in Md5::digest(parts.join(":")) {
        _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// Compares in a time that does not depend on where the texts differ.
fn is_equal(a: &str, b: &str) -> bool {
    let differences = a.bytes().zip(b.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    a.len() == b.len() && differences == 0
}

/// The parameters `name=value` and `name="value"`, separated by commas. `None` if one is
/// malformed or repeated, or has an escape.
fn parameters(text: &str) -> Option<HashMap<String, &str>> {
    let mut found = HashMap::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, tail) = rest.split_once('=')?;
        let (value, tail) = match tail.trim_start().strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => {
                let tail = tail.trim_start();
                let end = tail.find(',').unwrap_or(tail.len());
                (tail[..end].trim_end(), &tail[end..])
            }
        };
        let is_repeated = found.insert(name.trim().to_ascii_lowercase(), value).is_some();
        if is_repeated || value.contains('\\') {
            return None;
        }
        rest = tail.trim_start();
        match rest.strip_prefix(',') {
            Some(tail) => rest = tail.trim_start(),
            None if rest.is_empty() => {}
            None => return None,
        }
    }
    Some(found)
}

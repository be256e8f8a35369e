//! The four vendor APIs on an HTTP server, and one query endpoint.
//!
//! ```text
//! cargo run --example serve -- 127.0.0.1:8080
//! curl -X POST http://127.0.0.1:8080/uptrends/Monitor/monitor-1/MaintenancePeriod \
//!      -d '{"ScheduleMode":"Daily","StartTime":"22:00","EndTime":"22:30","MaintenanceType":"DisableNotifications"}'
//! curl 'http://127.0.0.1:8080/silenced?entity=uptrends:monitor-1&at=2026-11-26T21:10:00Z'
//! ```
//!
//! `/silenced` takes `entity`, `at` (default: now), `alert_type`, and `group` and
//! `label=NAME=VALUE`, which may be repeated. Without `entity`, the label `instance` is the
//! entity. `--now 2026-01-01T00:00:00Z` fixes the clock, so that the output is
//! reproducible.
//!
//! With `--user NAME:PASSWORD` the Ops Manager API asks for that user, by the digest
//! authentication of the vendor's samples:
//!
//! ```text
//! cargo run --example serve -- 127.0.0.1:8080 --user username:apiKey
//! curl -i -u username:apiKey --digest \
//!      http://127.0.0.1:8080/opsmanager/api/public/v1.0/groups/541ed2009436399a1f54e01b/maintenanceWindows
//! ```

#![allow(clippy::disallowed_methods, reason = "the host is where the clock is read")]
#![allow(clippy::print_stdout, reason = "the address is printed")]

use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use hyper::ext::ReasonPhrase;
use quietude::vendors::{self, Context, MAX_BODY_BYTES, VendorApi};
use quietude::vendors::{opsmanager, spaceone, uptrends, virtana};
use quietude::{Registry, Silencer, Subject, Timestamp, Topology, Zone};

#[path = "serve/digest.rs"]
mod digest;

use digest::{Digest, Head};

const MOUNTED: &str = "/uptrends, /opsmanager, /spaceone, /virtana and /silenced";

struct Host {
    /// Each API with the first path segment of its mount point.
    systems: Vec<(&'static str, Box<dyn VendorApi + Send>)>,
    registry: Registry,
    silencer: Silencer,
    now: Option<Timestamp>,
    ids: u64,
    /// Who may use the Ops Manager API; everybody, if there is none.
    user: Option<Digest>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (mut address, mut now, mut user) = ("127.0.0.1:0".to_owned(), None, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--now" => now = Some(arguments.next().ok_or("--now needs a time")?.parse()?),
            "--user" => {
                let given = arguments.next().unwrap_or_default();
                let (name, password) = given
                    .split_once(':')
                    .filter(|(name, _)| !name.is_empty())
                    .ok_or("--user needs NAME:PASSWORD")?;
                user = Some(Digest::new(name, password));
            }
            flag if flag.starts_with('-') => {
                return Err(format!(
                    "{flag} is not an option; there are --now TIME, --user NAME:PASSWORD"
                )
                .into());
            }
            _ => address = argument,
        }
    }
    let listener = tokio::net::TcpListener::bind(&address).await?;
    let own = format!("http://{}", listener.local_addr()?);
    let host = Arc::new(Mutex::new(Host::new(&own, now, user)?));
    let router = axum::Router::new().fallback(answer).with_state(host);
    println!("{own}");
    axum::serve(listener, router).await?;
    Ok(())
}

/// Passes a request to the service of its mount point.
async fn answer(State(host): State<Arc<Mutex<Host>>>, request: Request) -> Response {
    let method = request.method().as_str().to_owned();
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let authorization = request.headers().get(header::AUTHORIZATION);
    let authorization = authorization.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let head = Head { method: &method, target: &target, authorization: authorization.as_deref() };
    // Up to 2 MiB are read: more than the services take.
    match Bytes::from_request(request, &()).await {
        Ok(body) => response(host.lock().expect("no request panics").answer(&head, Some(&body))),
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            // One byte more than allowed, so that the service says what is wrong.
            let body = vec![b' '; MAX_BODY_BYTES + 1];
            response(host.lock().expect("no request panics").answer(&head, Some(&body)))
        }
        // The client has cut the connection, or its chunks are not those of HTTP.
        Err(_) => response(host.lock().expect("no request panics").answer(&head, None)),
    }
}

fn response(answer: Answer) -> Response {
    let mut response =
        Response::builder().status(StatusCode::from_u16(answer.status).expect("a status"));
    for (name, value) in &answer.headers {
        response = response.header(*name, value);
    }
    // HTTP/1.1 sends the vendor's reason phrase as it is.
    if !answer.reason.is_empty() {
        response = response.extension(ReasonPhrase::from_static(answer.reason.as_bytes()));
    }
    response.body(answer.body.into()).expect("headers of a service are valid")
}

impl Host {
    /// `own` is the base URL for links of the Ops Manager API.
    fn new(
        own: &str,
        now: Option<Timestamp>,
        user: Option<Digest>,
    ) -> Result<Self, Box<dyn Error>> {
        let opsmanager = opsmanager::Service::new(&format!("{own}/opsmanager/api/public/v1.0"));
        let mut uptrends = uptrends::Service::new("acme", "Europe/Amsterdam".parse::<Zone>()?)?;
        uptrends.add_monitor("monitor-1")?;
        uptrends.add_monitor("monitor-2")?;
        uptrends.set_group("group-1", ["monitor-1", "monitor-2"])?;
        let virtana = virtana::Service::new("acme")?;
        let topology = virtana
            .add_to_topology(
                Topology::builder().entity_label("instance"),
                "entity-1",
                &[("coreProperties.name", "db-7"), ("schemaIds", "Base.Device")],
                &[],
            )
            .build()?;
        let registry = Registry::new();
        let silencer = Silencer::builder().topology(topology).build(&registry)?;
        Ok(Self {
            systems: vec![
                ("uptrends", Box::new(uptrends)),
                ("opsmanager", Box::new(opsmanager)),
                ("spaceone", Box::new(spaceone::Service::new())),
                ("virtana", Box::new(virtana)),
            ],
            registry,
            silencer,
            now,
            ids: 0,
            user,
        })
    }

    /// Answers a request. `body` is `None` if it cannot be read.
    fn answer(&mut self, head: &Head<'_>, body: Option<&[u8]>) -> Answer {
        let target = head.target;
        let now = self.now.unwrap_or_else(|| {
            let since =
                SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            i64::try_from(since.as_millis())
                .ok()
                .and_then(|ms| Timestamp::from_millis(ms).ok())
                .unwrap_or(Timestamp::MAX)
        });
        let (mount, below) = target[1..].split_once('/').unwrap_or((&target[1..], ""));
        let Some((name, system)) = self.systems.iter_mut().find(|(name, _)| *name == mount) else {
            return match (head.method, target.split('?').next()) {
                ("GET" | "HEAD", Some("/silenced")) => self
                    .silenced(target, now)
                    .unwrap_or_else(|error| Answer::text(400, format!("{error}\n"))),
                (_, Some("/silenced")) => {
                    let mut answer = Answer::text(405, "the method is not GET\n".to_owned());
                    answer.headers.push(("Allow", "GET, HEAD".to_owned()));
                    answer
                }
                _ => Answer::text(404, format!("there are {MOUNTED}\n")),
            };
        };
        let mut user = "ops@example.com";
        if let ("opsmanager", Some(digest)) = (*name, &self.user) {
            if let Err(refusal) = digest.check(head, now.as_millis()) {
                let mut answer = Answer::from(system.refusal(401, refusal.reason));
                answer.headers.push(("WWW-Authenticate", refusal.challenge));
                return answer;
            }
            user = digest.user();
        }
        let Some(body) = body else {
            return system.refusal(400, "the body cannot be read").into();
        };
        let method = head.method.parse().unwrap_or(vendors::Method::Other);
        let ids = &mut self.ids;
        let mut new_id = || {
            *ids += 1;
            match *name {
                "spaceone" => format!("mw-{ids:012x}"),
                "opsmanager" => format!("{ids:024x}"),
                "virtana" => format!("00000000-0000-0000-0000-{ids:012x}"),
                _ => ids.to_string(),
            }
        };
        let mut context = Context::new(now, &mut new_id).with_user(user);
        let target = format!("/{below}");
        let response = system.handle(&vendors::Request::new(method, &target, body), &mut context);
        let synced = system.sync(&mut self.registry);
        if synced.is_err() || self.silencer.revision() != self.registry.revision() {
            match synced.and_then(|_| self.silencer.updated(&self.registry)) {
                Ok(silencer) => self.silencer = silencer,
                // If the build fails, the previous silencer stays in use.
                Err(error) => return Answer::text(500, format!("{error}\n")),
            }
        }
        response.into()
    }

    /// Answers `/silenced`: whether, with which effect, until when, and by which windows.
    fn silenced(&self, target: &str, now: Timestamp) -> Result<Answer, quietude::Error> {
        let (mut entity, mut alert_type, mut at) = (None, None, None);
        let (mut groups, mut labels) = (Vec::new(), Vec::new());
        let request = vendors::Request::new(vendors::Method::Get, target, b"");
        for (name, value) in request.parameters()? {
            let is_repeated = match name.as_str() {
                "entity" => entity.replace(value).is_some(),
                "alert_type" => alert_type.replace(value).is_some(),
                "at" => at.replace(value).is_some(),
                "group" => {
                    groups.push(value);
                    false
                }
                "label" => {
                    let Some((name, value)) = value.split_once('=') else {
                        let message = format!("label {value} is not of the form NAME=VALUE\n");
                        return Ok(Answer::text(400, message));
                    };
                    labels.push((name.to_owned(), value.to_owned()));
                    false
                }
                other => {
                    let message = format!(
                        "{other} is not a parameter; there are entity, at, alert_type, group, label\n"
                    );
                    return Ok(Answer::text(400, message));
                }
            };
            if is_repeated {
                return Ok(Answer::text(400, format!("{name} is repeated\n")));
            }
        }
        let at = at.map_or(Ok(now), |at| at.parse())?;
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        let labels: Vec<_> = labels.iter().map(|(name, value)| (&**name, &**value)).collect();
        let subject = match &entity {
            Some(entity) => Subject::entity(entity).with_attributes(&labels),
            None if labels.is_empty() => {
                return Ok(Answer::text(400, "entity is missing, and label too\n".to_owned()));
            }
            None => Subject::labels(&labels),
        };
        let mut subject = subject.with_groups(&groups);
        if let Some(alert_type) = &alert_type {
            subject = subject.with_alert_type(alert_type);
        }
        let by = self.silencer.silenced_by(subject, at).map(|window| window.id().as_str());
        let body = serde_json::json!({
            "silenced": self.silencer.is_silenced(subject, at),
            "effect": self.silencer.effect(subject, at).map(|effect| effect.to_string()),
            "until": self.silencer.silenced_until(subject, at).map(|end| end.to_string()),
            "by": by.collect::<Vec<_>>(),
        });
        let headers = vec![("Content-Type", "application/json".to_owned())];
        Ok(Answer { status: 200, reason: "OK", headers, body: body.to_string() })
    }
}

/// A response.
struct Answer {
    status: u16,
    reason: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Answer {
    fn text(status: u16, body: String) -> Self {
        let headers = vec![("Content-Type", "text/plain".to_owned())];
        Self { status, reason: "", headers, body }
    }
}

impl From<vendors::Response> for Answer {
    fn from(response: vendors::Response) -> Self {
        let vendors::Response { status, reason, headers, body, .. } = response;
        Self { status, reason, headers, body }
    }
}

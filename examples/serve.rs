//! The four APIs on a real HTTP server, and one question for all of them.
//!
//! ```text
//! cargo run --example serve -- 127.0.0.1:8080
//! curl -X POST http://127.0.0.1:8080/uptrends/Monitor/monitor-1/MaintenancePeriod \
//!      -d '{"ScheduleMode":"Daily","StartTime":"22:00","EndTime":"22:30","MaintenanceType":"DisableNotifications"}'
//! curl 'http://127.0.0.1:8080/silenced?entity=uptrends:monitor-1&at=2026-11-26T21:10:00Z'
//! ```
//!
//! `/silenced` takes `entity`, `at` (now, if it is left out), `alert_type`, and
//! `group` as often as needed. With `--now 2026-01-01T00:00:00Z` the clock stands
//! still, so that a session can be recorded.

#![allow(clippy::disallowed_methods, reason = "the host is where the clock is read")]
#![allow(clippy::print_stdout, reason = "the address is printed")]

use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use hyper::ext::ReasonPhrase;
use quietude::vendors::{self, Context, MAX_BODY_BYTES, VendorApi};
use quietude::vendors::{opsmanager, spaceone, uptrends, virtana};
use quietude::{Registry, Silencer, Subject, Timestamp, Topology};

const MOUNTED: &str = "/uptrends, /opsmanager, /spaceone, /virtana and /silenced";

struct Host {
    /// Each with the first segment of the paths that it is mounted at.
    systems: Vec<(&'static str, Box<dyn VendorApi + Send>)>,
    registry: Registry,
    silencer: Silencer,
    now: Option<Timestamp>,
    ids: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (mut address, mut now) = ("127.0.0.1:0".to_owned(), None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--now" => now = Some(arguments.next().ok_or("--now needs a time")?.parse()?),
            flag if flag.starts_with('-') => {
                return Err(format!("{flag} is not an option; there is --now TIME").into());
            }
            _ => address = argument,
        }
    }
    let listener = tokio::net::TcpListener::bind(&address).await?;
    let own = format!("http://{}", listener.local_addr()?);
    let host = Arc::new(Mutex::new(Host::new(&own, now)?));
    let router = axum::Router::new().fallback(answer).with_state(host);
    println!("{own}");
    axum::serve(listener, router).await?;
    Ok(())
}

/// Hands a request over: all that mounting takes.
async fn answer(State(host): State<Arc<Mutex<Host>>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    // One byte more than allowed, so that the service says what is wrong.
    let body = to_bytes(body, MAX_BODY_BYTES + 1)
        .await
        .unwrap_or_else(|_| Bytes::from(vec![b' '; MAX_BODY_BYTES + 1]));
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    let answer =
        host.lock().expect("no request panics").answer(head.method.as_str(), target, &body);
    let mut response =
        Response::builder().status(StatusCode::from_u16(answer.status).expect("a status"));
    for (name, value) in &answer.headers {
        response = response.header(*name, value);
    }
    // HTTP/1.1 sends the vendor's text, "200 Created", as it is.
    if !answer.reason.is_empty() {
        response = response.extension(ReasonPhrase::from_static(answer.reason.as_bytes()));
    }
    response.body(answer.body.into()).expect("headers of a service are valid")
}

impl Host {
    /// `own` is what the links of the Ops Manager API begin with.
    fn new(own: &str, now: Option<Timestamp>) -> Result<Self, Box<dyn Error>> {
        let opsmanager = opsmanager::Service::new(&format!("{own}/opsmanager/api/public/v1.0"));
        let mut uptrends = uptrends::Service::new("acme", chrono_tz::Europe::Amsterdam)?;
        uptrends.add_monitor("monitor-1")?;
        uptrends.add_monitor("monitor-2")?;
        uptrends.set_group("group-1", ["monitor-1", "monitor-2"])?;
        let virtana = virtana::Service::new("acme")?;
        let topology = virtana
            .add_to_topology(
                Topology::builder(),
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
        })
    }

    fn answer(&mut self, method: &str, target: &str, body: &[u8]) -> Answer {
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
            return match (method, target.split('?').next()) {
                ("GET", Some("/silenced")) => self
                    .silenced(target, now)
                    .unwrap_or_else(|error| Answer::text(400, format!("{error}\n"))),
                _ => Answer::text(404, format!("there are {MOUNTED}\n")),
            };
        };
        let Ok(method) = method.parse() else {
            return Answer::text(405, "the method is none of the APIs'\n".to_owned());
        };
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
        let mut context = Context::new(now, &mut new_id).with_user("ops@example.com");
        let target = format!("/{below}");
        let response = system.handle(&vendors::Request::new(method, &target, body), &mut context);
        let synced = system.sync(&mut self.registry);
        if synced.is_err() || self.silencer.revision() != self.registry.revision() {
            match synced.and_then(|_| self.silencer.updated(&self.registry)) {
                Ok(silencer) => self.silencer = silencer,
                // Until a build succeeds, the silencer before it answers.
                Err(error) => return Answer::text(500, format!("{error}\n")),
            }
        }
        Answer {
            status: response.status,
            reason: response.reason,
            headers: response.headers,
            body: response.body,
        }
    }

    /// Whether, with which effect, until when and by which windows.
    fn silenced(&self, target: &str, now: Timestamp) -> Result<Answer, quietude::Error> {
        let (mut entity, mut alert_type, mut at, mut groups) = (None, None, now, Vec::new());
        let request = vendors::Request::new(vendors::Method::Get, target, b"");
        for (name, value) in request.parameters()? {
            match name.as_str() {
                "entity" => entity = Some(value),
                "alert_type" => alert_type = Some(value),
                "group" => groups.push(value),
                "at" => at = value.parse()?,
                other => return Ok(Answer::text(400, format!("{other} is not a parameter\n"))),
            }
        }
        let Some(entity) = entity else {
            return Ok(Answer::text(400, "entity is missing\n".to_owned()));
        };
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        let mut subject = Subject::entity(&entity).with_groups(&groups);
        if let Some(alert_type) = &alert_type {
            subject = subject.with_alert_type(alert_type);
        }
        let by = self.silencer.silenced_by(&subject, at).map(|window| window.id().as_str());
        let body = serde_json::json!({
            "silenced": self.silencer.is_silenced(&subject, at),
            "effect": self.silencer.effect(&subject, at).map(|effect| effect.to_string()),
            "until": self.silencer.silenced_until(&subject, at).map(|end| end.to_string()),
            "by": by.collect::<Vec<_>>(),
        });
        let headers = vec![("Content-Type", "application/json".to_owned())];
        Ok(Answer { status: 200, reason: "OK", headers, body: body.to_string() })
    }
}

/// What is sent.
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

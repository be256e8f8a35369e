//! The endpoints: from a path to an operation and back.

use crate::error::Error;
use crate::json::value::Value;
use crate::vendors::api::VendorApi;
use crate::vendors::http::{ApiError, Context, Method, Request, Response, reason};
use crate::vendors::opsmanager::document::{MaintenanceWindow, WindowInput, group, link, location};
use crate::vendors::opsmanager::pretty::pretty;
use crate::vendors::opsmanager::service::{Service, window_id_prefix};
use crate::window::Window;

impl VendorApi for Service {
    /// Paths begin with `/api/public/v1.0/groups/`, or, where the host mounts
    /// the API deeper, with `/groups/`.
    fn handle(&mut self, request: &Request<'_>, context: &mut Context<'_>) -> Response {
        let (flags, answer) = match Flags::of(request) {
            Ok(flags) => (flags, self.route(request, context)),
            Err(error) => (Flags::default(), Err(error.into())),
        };
        let answer = answer.unwrap_or_else(|failure| Answer {
            status: failure.status(),
            reason: reason(failure.status()),
            body: Value::fields([
                ("detail", failure.to_string().into()),
                ("error", i64::from(failure.status()).into()),
                ("reason", reason(failure.status()).into()),
            ]),
            location: None,
        });
        answer.into_response(flags)
    }

    fn window_id_prefix(&self) -> String {
        window_id_prefix()
    }

    fn windows(&self) -> Vec<Window> {
        let window =
            |window: &MaintenanceWindow| window.window().expect("it was built when taken in");
        self.all().map(window).collect()
    }

    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    fn to_json(&self) -> String {
        self.state().to_json()
    }
}

/// The flags of the query string.
#[derive(Clone, Copy, Default)]
struct Flags {
    pretty: bool,
    envelope: bool,
}

struct Answer {
    status: u16,
    reason: &'static str,
    body: Value,
    location: Option<String>,
}

impl Flags {
    fn of(request: &Request<'_>) -> Result<Self, Error> {
        let mut flags = Self::default();
        for (name, value) in request.parameters()? {
            let flag = match name.as_str() {
                "pretty" => &mut flags.pretty,
                "envelope" => &mut flags.envelope,
                _ => {
                    return Err(Error::invalid("is not a parameter; there are pretty, envelope")
                        .in_field(&crate::error::abridged(&name)));
                }
            };
            *flag = match value.as_str() {
                "true" => true,
                "false" => false,
                _ => {
                    let value = Value::from(value);
                    return Err(
                        Error::invalid(format!("{value} is not true or false")).in_field(&name)
                    );
                }
            };
        }
        Ok(flags)
    }
}

impl Answer {
    fn new(status: u16, reason: &'static str, body: Value) -> Self {
        Self { status, reason, body, location: None }
    }

    fn into_response(self, flags: Flags) -> Response {
        let status = i64::from(self.status).into();
        let body = match self.body {
            body if !flags.envelope => body,
            // A list is an envelope already, which the status joins.
            Value::Object(mut fields) if fields.iter().any(|(name, _)| name == "results") => {
                fields.push(("status".to_owned(), status));
                Value::Object(fields)
            }
            body => Value::fields([("status", status), ("content", body)]),
        };
        let text = if flags.pretty { pretty(&body) } else { body.to_json() };
        let mut response = Response::json(self.status, text);
        response.reason = self.reason;
        response.headers.extend(self.location.map(|location| ("Location", location)));
        response
    }
}

impl Service {
    fn route(
        &mut self,
        request: &Request<'_>,
        context: &mut Context<'_>,
    ) -> Result<Answer, ApiError> {
        let segments = request.segments()?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let below = match segments.as_slice() {
            ["api", "public", "v1.0", below @ ..] => below,
            below => below,
        };
        let one = |service: &Self, window: &MaintenanceWindow| window.value(Some(&service.base));
        match (request.method, below) {
            (Method::Get, ["groups", group_id, "maintenanceWindows"]) => {
                let windows = self.list(group_id, context.now)?;
                let results: Value = windows.iter().map(|window| one(self, window)).collect();
                let own = format!("{}/maintenanceWindows", group(&self.base, group_id));
                let list = Value::fields([
                    ("results", results),
                    ("links", Value::List(vec![link("self", own)])),
                    ("totalCount", windows.len().into()),
                ]);
                Ok(Answer::new(200, "OK", list))
            }
            (Method::Post, ["groups", group_id, "maintenanceWindows"]) => {
                let window = self.create(group_id, WindowInput::read(request.json()?)?, context)?;
                let mut answer = Answer::new(200, "Created", one(self, &window));
                answer.location = Some(location(&self.base, group_id, window.id()));
                Ok(answer)
            }
            (Method::Get, ["groups", group_id, "maintenanceWindows", id]) => {
                Ok(Answer::new(200, "OK", one(self, self.find(group_id, id, context.now)?)))
            }
            (Method::Patch, ["groups", group_id, "maintenanceWindows", id]) => {
                // An id that is not there is said first, whatever the body.
                self.find(group_id, id, context.now)?;
                let body = WindowInput::read(request.json()?)?;
                let window = self.update(group_id, id, body, context.now)?;
                Ok(Answer::new(201, "OK", one(self, &window)))
            }
            (Method::Delete, ["groups", group_id, "maintenanceWindows", id]) => {
                self.delete(group_id, id, context.now)?;
                Ok(Answer::new(200, "OK", Value::Object(Vec::new())))
            }
            (_, ["groups", _, "maintenanceWindows"]) => {
                Err(ApiError::no_such_method("GET or POST"))
            }
            (_, ["groups", _, "maintenanceWindows", _]) => {
                Err(ApiError::no_such_method("GET, PATCH or DELETE"))
            }
            _ => Err(ApiError::no_such_path(request.path)),
        }
    }
}

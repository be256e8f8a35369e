//! Routing: from a request to an operation, and from its result to a response.

use crate::error::Error;
use crate::json::value::Value;
use crate::vendors::api::VendorApi;
use crate::vendors::budget::Budget;
use crate::vendors::changes::ChangeLog;
use crate::vendors::http::{ApiError, Context, Method, Request, Response, reason};
use crate::vendors::ids::vendor_id;
use crate::vendors::opsmanager::document::{
    MaintenanceWindow, WindowInput, group_url, link, window_url,
};
use crate::vendors::opsmanager::list::list_text;
use crate::vendors::opsmanager::pretty::pretty;
use crate::vendors::opsmanager::service::Service;
use crate::window::Window;

impl VendorApi for Service {
    /// Paths begin with `/api/public/v1.0/groups/` or, if the API is mounted at
    /// `/api/public/v1.0`, with `/groups/`.
    fn handle(&mut self, request: &Request<'_>, context: &mut Context<'_>) -> Response {
        context.begin();
        let (flags, reply) = match Flags::of(request) {
            Ok(flags) => (flags, self.route(request, flags, context)),
            Err(error) => (Flags::default(), Err(error.into())),
        };
        let reply = reply.unwrap_or_else(|error| Reply::error(&error));
        reply.into_response(flags, &context.budget)
    }

    fn refusal(&self, status: u16, message: &str) -> Response {
        let reply = Reply::error(&ApiError::refused(status, message));
        reply.into_response(Flags::default(), &Budget::new(0))
    }

    fn window_id_prefix(&self) -> String {
        vendor_id(&["opsmanager", ""])
    }

    fn windows(&self) -> Vec<Window> {
        let window = |window: &MaintenanceWindow| {
            window.window().expect("the window was validated when it was stored")
        };
        self.windows.all().map(window).collect()
    }

    fn window(&self, id: &str) -> Option<Window> {
        let window = self.windows.by_window_id("opsmanager", id)?.window();
        Some(window.expect("the window was validated when it was stored"))
    }

    fn changes(&self) -> Option<&ChangeLog> {
        Some(self.windows.changes())
    }

    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    fn to_json(&self) -> String {
        self.state().to_json()
    }
}

/// The parameters of the query string.
#[derive(Clone, Copy, Default)]
struct Flags {
    pretty: bool,
    envelope: bool,
}

struct Reply {
    status: u16,
    reason: &'static str,
    body: Body,
    header: Option<(&'static str, String)>,
}

enum Body {
    /// A value, which gets an envelope if one is asked for.
    Value(Value),
    /// The text of a list, which has its envelope.
    List(String),
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
                        .in_given_field(&name));
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

impl Reply {
    fn new(status: u16, reason: &'static str, body: Value) -> Self {
        Self { status, reason, body: Body::Value(body), header: None }
    }

    fn error(error: &ApiError) -> Self {
        let body = Value::fields([
            ("detail", error.to_string().into()),
            ("error", i64::from(error.status()).into()),
            ("reason", reason(error.status()).into()),
        ]);
        let header = error.allow_header();
        Self { header, ..Self::new(error.status(), reason(error.status()), body) }
    }

    fn into_response(self, flags: Flags, budget: &Budget) -> Response {
        let status = i64::from(self.status).into();
        let text = match self.body {
            Body::List(text) => text,
            Body::Value(body) => {
                let body = match flags.envelope {
                    false => body,
                    true => Value::fields([("status", status), ("content", body)]),
                };
                let text = if flags.pretty { pretty(&body) } else { body.to_json() };
                budget.record_response(&text);
                text
            }
        };
        let mut response = Response::json(self.status, text);
        response.reason = self.reason;
        response.headers.extend(self.header);
        response
    }
}

impl Service {
    fn route(
        &mut self,
        request: &Request<'_>,
        flags: Flags,
        context: &mut Context<'_>,
    ) -> Result<Reply, ApiError> {
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
                let own = format!("{}/maintenanceWindows", group_url(&self.base, group_id));
                let mut list = vec![
                    ("results", Value::List(Vec::new())),
                    ("links", Value::List(vec![link("self", own)])),
                    ("totalCount", windows.len().into()),
                ];
                // A list is an envelope already; the status is added to it.
                if flags.envelope {
                    list.push(("status", 200_i64.into()));
                }
                let list = Value::fields(list);
                let (pretty, budget) = (flags.pretty, &context.budget);
                let text = list_text(&list, &windows, &self.base, pretty, budget)?;
                Ok(Reply { status: 200, reason: "OK", body: Body::List(text), header: None })
            }
            (Method::Post, ["groups", group_id, "maintenanceWindows"]) => {
                let window = self.create(
                    group_id,
                    WindowInput::read(request.json(&context.budget)?)?,
                    context,
                )?;
                let mut reply = Reply::new(200, "Created", one(self, &window));
                reply.header = Some(("Location", window_url(&self.base, group_id, window.id())));
                Ok(reply)
            }
            (Method::Get, ["groups", group_id, "maintenanceWindows", id]) => {
                Ok(Reply::new(200, "OK", one(self, self.find(group_id, id, context.now)?)))
            }
            (Method::Patch, ["groups", group_id, "maintenanceWindows", id]) => {
                // An unknown id is a 404 even if the body is invalid.
                self.find(group_id, id, context.now)?;
                let body = WindowInput::read(request.json(&context.budget)?)?;
                let window = self.update(group_id, id, body, context.now)?;
                Ok(Reply::new(201, "OK", one(self, &window)))
            }
            (Method::Delete, ["groups", group_id, "maintenanceWindows", id]) => {
                self.delete(group_id, id, context.now)?;
                Ok(Reply::new(200, "OK", Value::Object(Vec::new())))
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

//! The endpoints: from a path to an operation and back.

use crate::dialects::naming::{System, vendor_id};
use crate::dialects::spaceone::document::{Create, MaintenanceWindow, Update};
use crate::dialects::spaceone::query::{ListRequest, only, projected};
use crate::dialects::spaceone::service::Service;
use crate::dialects::spaceone::stat::StatRequest;
use crate::dialects::wire::{Call, Failure, Method, Request, Response, part};
use crate::error::{Error, ErrorKind};
use crate::json::value::Value;
use crate::window::Window;

impl System for Service {
    /// Paths begin with `/monitoring/v1/`, or, where the host mounts the API
    /// deeper, with `/maintenance-window`. In the query string of a GET a field
    /// of the message is a parameter; `query` is one in JSON.
    fn handle(&mut self, request: &Request<'_>, call: &mut Call<'_>) -> Response {
        self.route(request, call).unwrap_or_else(|failure| {
            let detail = Value::fields([
                ("code", code(&failure).into()),
                ("message", failure.to_string().into()),
            ]);
            Response::json(failure.status(), Value::fields([("detail", detail)]).to_json())
        })
    }

    fn prefix(&self) -> String {
        vendor_id(&["spaceone", ""])
    }

    fn windows(&self) -> Vec<Window> {
        let window =
            |window: &MaintenanceWindow| window.window().expect("it was built when taken in");
        self.all().map(window).collect()
    }

    fn notes(&self) -> Vec<String> {
        let tagged = self.all().filter(|window| window.tags != Value::Object(Vec::new()));
        tagged.map(|window| format!("{}: the tags are not carried over", window.id())).collect()
    }

    fn to_json(&self) -> String {
        self.state().to_json()
    }
}

/// The vendor's code for a failure.
fn code(failure: &Failure) -> &'static str {
    failure.code().unwrap_or(match failure.status() {
        404 => "ERROR_NOT_FOUND",
        500 => "ERROR_UNKNOWN",
        _ if failure.error().message() == "is missing" => "ERROR_REQUIRED_PARAMETER",
        _ => "ERROR_INVALID_PARAMETER",
    })
}

impl Service {
    fn route(&mut self, request: &Request<'_>, call: &mut Call<'_>) -> Result<Response, Failure> {
        let segments = request.segments()?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let below = match segments.as_slice() {
            ["monitoring", "v1", below @ ..] => below,
            below => below,
        };
        let now = call.now;
        let body = match (request.method, below) {
            (Method::Post, ["maintenance-windows"]) => {
                self.create(Create::read(request.json()?)?, call)?.to_json(now)
            }
            (Method::Put, ["maintenance-window", id]) => {
                let request = with_id(request.json()?, id)?;
                self.update(Update::read(request)?, now)?.to_json(now)
            }
            (Method::Put, ["maintenance-window", id, "close"]) => {
                let mut fields = with_id(request.json()?, id)?.object()?;
                fields.required("maintenance_window_id", Value::text)?;
                let domain = fields.required("domain_id", part)?;
                fields.finish()?;
                self.close(id, &domain, now)?.to_json(now)
            }
            (Method::Get, ["maintenance-window", id]) => {
                let mut fields = message(request)?.object()?;
                let domain = fields.required("domain_id", part)?;
                let only = fields.optional("only", only)?.unwrap_or_default();
                fields.finish()?;
                projected(self.find(id, &domain)?.value(now), &only).to_json()
            }
            (Method::Get, ["maintenance-windows"]) => {
                self.list(&ListRequest::read(message(request)?)?, now)
            }
            (Method::Post, ["maintenance-windows", "search"]) => {
                self.list(&ListRequest::read(request.json()?)?, now)
            }
            (Method::Post, ["maintenance-windows", "stat"]) => {
                self.stat(&StatRequest::read(request.json()?)?, now)?
            }
            (_, ["maintenance-windows"]) => return Err(Failure::no_such_method("GET or POST")),
            (_, ["maintenance-windows", "search" | "stat"]) => {
                return Err(Failure::no_such_method("POST"));
            }
            (_, ["maintenance-window", _]) => return Err(Failure::no_such_method("GET or PUT")),
            (_, ["maintenance-window", _, "close"]) => return Err(Failure::no_such_method("PUT")),
            _ => return Err(Failure::no_such_path(request.path)),
        };
        Ok(Response::json(200, body))
    }
}

/// The message with the id of the path, which it may repeat and not contradict.
fn with_id(message: Value, id: &str) -> Result<Value, Error> {
    const FIELD: &str = "maintenance_window_id";
    match message {
        Value::Object(mut fields) => {
            match fields.iter().find(|(name, _)| name == FIELD) {
                None => fields.push((FIELD.to_owned(), id.into())),
                Some((_, Value::Text(own))) if own == id => {}
                Some((_, Value::Null)) => {
                    fields.retain(|(name, _)| name != FIELD);
                    fields.push((FIELD.to_owned(), id.into()));
                }
                Some((_, own)) => {
                    let message =
                        format!("{own} is not \"{}\", as in the path", crate::error::abridged(id));
                    return Err(Error::invalid(message).in_field(FIELD));
                }
            }
            Ok(Value::Object(fields))
        }
        other => Err(other.is_not("an object")),
    }
}

/// The message that the parameters of a GET spell.
fn message(request: &Request<'_>) -> Result<Value, Error> {
    let mut fields: Vec<(String, Value)> = Vec::new();
    let mut only = Vec::new();
    for (name, value) in request.parameters()? {
        let value = match name.as_str() {
            "only" => {
                only.push(Value::from(value));
                continue;
            }
            "query" => Value::parse(&value).map_err(|error| error.in_field("query"))?,
            _ => Value::from(value),
        };
        if fields.iter().any(|(known, _)| *known == name) {
            let name = crate::error::abridged(&name);
            return Err(Error::new(ErrorKind::Duplicate, "is repeated").in_field(&name));
        }
        fields.push((name, value));
    }
    if !only.is_empty() {
        fields.push(("only".to_owned(), Value::List(only)));
    }
    Ok(Value::Object(fields))
}

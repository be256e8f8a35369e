//! Routing: from a request to an operation, and from its result to a response.

use crate::error::{Error, ErrorKind};
use crate::json::value::Value;
use crate::vendors::api::VendorApi;
use crate::vendors::budget::Budget;
use crate::vendors::changes::ChangeLog;
use crate::vendors::fields::vendor_id_field;
use crate::vendors::http::{ApiError, Context, Method, Request, Response};
use crate::vendors::ids::vendor_id;
use crate::vendors::parse::parse;
use crate::vendors::spaceone::document::{CreateRequest, MaintenanceWindow, UpdateRequest};
use crate::vendors::spaceone::query::{ListRequest, read_only};
use crate::vendors::spaceone::row::Row;
use crate::vendors::spaceone::service::Service;
use crate::vendors::spaceone::stat::StatRequest;
use crate::window::Window;

impl VendorApi for Service {
    /// Paths begin with `/monitoring/v1/` or, if the API is mounted at
    /// `/monitoring/v1`, with `/maintenance-window`. The parameters of a GET are the
    /// fields of the message; the value of `query` is JSON.
    fn handle(&mut self, request: &Request<'_>, context: &mut Context<'_>) -> Response {
        context.begin();
        self.route(request, context).unwrap_or_else(|error| error_response(&error))
    }

    fn refusal(&self, status: u16, message: &str) -> Response {
        error_response(&ApiError::refused(status, message))
    }

    fn window_id_prefix(&self) -> String {
        vendor_id(&["spaceone", ""])
    }

    fn windows(&self) -> Vec<Window> {
        let window = |window: &MaintenanceWindow| {
            window.window().expect("the window was validated when it was stored")
        };
        self.windows.all().map(window).collect()
    }

    fn window(&self, id: &str) -> Option<Window> {
        let window = self.windows.by_window_id("spaceone", id)?.window();
        Some(window.expect("the window was validated when it was stored"))
    }

    fn changes(&self) -> Option<&ChangeLog> {
        Some(self.windows.changes())
    }

    fn notes(&self) -> Vec<String> {
        let tagged = self.windows.all().filter(|window| window.tags != Value::Object(Vec::new()));
        tagged.map(|window| format!("{}: the tags are not carried over", window.id())).collect()
    }

    fn to_json(&self) -> String {
        self.state().to_json()
    }
}

/// An error in the vendor's form.
fn error_response(error: &ApiError) -> Response {
    let detail =
        Value::fields([("code", error_code(error).into()), ("message", error.to_string().into())]);
    Response::error(error, Value::fields([("detail", detail)]).to_json())
}

/// The vendor's code of an error.
fn error_code(error: &ApiError) -> &'static str {
    error.code().unwrap_or(match error.status() {
        401 => "ERROR_AUTHENTICATE_FAILURE",
        404 => "ERROR_NOT_FOUND",
        500 => "ERROR_UNKNOWN",
        _ if error.error().message() == "is missing" => "ERROR_REQUIRED_PARAMETER",
        _ => "ERROR_INVALID_PARAMETER",
    })
}

impl Service {
    fn route(
        &mut self,
        request: &Request<'_>,
        context: &mut Context<'_>,
    ) -> Result<Response, ApiError> {
        let segments = request.segments()?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let below = match segments.as_slice() {
            ["monitoring", "v1", below @ ..] => below,
            below => below,
        };
        let now = context.now;
        // The text of one window.
        let one = |text: String, budget: &Budget| {
            budget.record_response(&text);
            text
        };
        let body = match (request.method, below) {
            (Method::Post, ["maintenance-windows"]) => {
                let window = CreateRequest::read(request.json(&context.budget)?)?;
                one(self.create(window, context)?.to_json(now), &context.budget)
            }
            (Method::Put, ["maintenance-window", id]) => {
                let request = with_id(request.json(&context.budget)?, id)?;
                one(self.update(UpdateRequest::read(request)?, now)?.to_json(now), &context.budget)
            }
            (Method::Put, ["maintenance-window", id, "close"]) => {
                let mut fields = with_id(request.json(&context.budget)?, id)?.object()?;
                fields.required("maintenance_window_id", Value::text)?;
                let domain = fields.required("domain_id", vendor_id_field)?;
                fields.finish()?;
                one(self.close(id, &domain, now)?.to_json(now), &context.budget)
            }
            (Method::Get, ["maintenance-window", id]) => {
                let message = message_of_parameters(request, &context.budget)?;
                let mut fields = with_id(message, id)?.object()?;
                fields.required("maintenance_window_id", Value::text)?;
                let domain = fields.required("domain_id", vendor_id_field)?;
                let only = fields.optional("only", read_only)?.unwrap_or_default();
                fields.finish()?;
                let found = Row::Window(self.find(id, &domain)?, now).into_value(&only);
                one(found.to_json(), &context.budget)
            }
            (Method::Get, ["maintenance-windows"]) => {
                let message = message_of_parameters(request, &context.budget)?;
                let request = ListRequest::read(message, &context.budget)?;
                self.list_within(&request, now, &context.budget)?
            }
            (Method::Post, ["maintenance-windows", "search"]) => {
                let request = ListRequest::read(request.json(&context.budget)?, &context.budget)?;
                self.list_within(&request, now, &context.budget)?
            }
            (Method::Post, ["maintenance-windows", "stat"]) => {
                let request = StatRequest::read(request.json(&context.budget)?, &context.budget)?;
                self.stat_within(&request, now, &context.budget)?
            }
            (_, ["maintenance-windows"]) => return Err(ApiError::no_such_method("GET or POST")),
            (_, ["maintenance-windows", "search" | "stat"]) => {
                return Err(ApiError::no_such_method("POST"));
            }
            (_, ["maintenance-window", _]) => return Err(ApiError::no_such_method("GET or PUT")),
            (_, ["maintenance-window", _, "close"]) => return Err(ApiError::no_such_method("PUT")),
            _ => return Err(ApiError::no_such_path(request.path)),
        };
        Ok(Response::json(200, body))
    }
}

/// Adds the id of the path to the message. If the message has an id, it must be equal.
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
                        format!("{own} is not \"{}\", as in the path", crate::error::truncated(id));
                    return Err(Error::invalid(message).in_field(FIELD));
                }
            }
            Ok(Value::Object(fields))
        }
        other => Err(other.is_not("an object")),
    }
}

/// The message that is given by the parameters of a GET.
fn message_of_parameters(request: &Request<'_>, budget: &Budget) -> Result<Value, Error> {
    let mut fields: Vec<(String, Value)> = Vec::new();
    let mut only = Vec::new();
    for (name, value) in request.parameters()? {
        let value = match name.as_str() {
            "only" => {
                only.push(Value::from(value));
                continue;
            }
            "query" => parse(&value, budget).map_err(|error| error.in_field("query"))?,
            _ => Value::from(value),
        };
        // The comparison of a name with all before it.
        budget.spend(2 * fields.len())?;
        if fields.iter().any(|(known, _)| *known == name) {
            return Err(Error::new(ErrorKind::Duplicate, "is repeated").in_given_field(&name));
        }
        fields.push((name, value));
    }
    if !only.is_empty() {
        fields.push(("only".to_owned(), Value::List(only)));
    }
    Ok(Value::Object(fields))
}

//! Routing: from a request to an operation, and from its result to a response.

use crate::error::Error;
use crate::json::value::{Fields, Value};
use crate::vendors::api::VendorApi;
use crate::vendors::budget::Budget;
use crate::vendors::changes::ChangeLog;
use crate::vendors::http::{ApiError, Context, Method, Request, Response};
use crate::vendors::ids::vendor_id;
use crate::vendors::virtana::document::{MaintWindow, Specification, read_query};
use crate::vendors::virtana::service::{Page, PageInput, Service};
use crate::window::Window;

impl VendorApi for Service {
    /// Paths begin with `/v1/modelcontext/` or, if the API is mounted at
    /// `/v1/modelcontext`, with `/maintwindows`. As in the vendor's example, a create
    /// request may have a colon at the end of its path.
    fn handle(&mut self, request: &Request<'_>, context: &mut Context<'_>) -> Response {
        context.begin();
        self.route(request, context).unwrap_or_else(|error| error_response(&error))
    }

    fn refusal(&self, status: u16, message: &str) -> Response {
        error_response(&ApiError::refused(status, message))
    }

    fn window_id_prefix(&self) -> String {
        vendor_id(&["virtana", &self.tenant, ""])
    }

    fn windows(&self) -> Vec<Window> {
        self.all()
            .flat_map(|window| {
                window.windows().expect("the windows were validated when they were stored")
            })
            .collect()
    }

    fn window(&self, id: &str) -> Option<Window> {
        self.native(id)
    }

    fn changes(&self) -> Option<&ChangeLog> {
        Some(self.change_log())
    }

    fn notes(&self) -> Vec<String> {
        self.live().flat_map(MaintWindow::notes).collect()
    }

    fn to_json(&self) -> String {
        self.state().to_json()
    }
}

/// An error in the vendor's form.
fn error_response(error: &ApiError) -> Response {
    let body = Value::fields([
        ("code", grpc_code(error.status()).into()),
        ("message", error.to_string().into()),
        ("details", Value::List(Vec::new())),
    ]);
    Response::error(error, body.to_json())
}

/// The gRPC status code of an HTTP status.
fn grpc_code(status: u16) -> i64 {
    match status {
        400 | 413 => 3,
        401 => 16,
        404 => 5,
        405 => 12,
        _ => 13,
    }
}

impl Service {
    fn route(
        &mut self,
        request: &Request<'_>,
        context: &mut Context<'_>,
    ) -> Result<Response, ApiError> {
        let segments = request.segments()?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let verb = match segments.as_slice() {
            ["v1", "modelcontext", last] | [last] => *last,
            _ => return Err(ApiError::no_such_path(request.path)),
        };
        let verb = match verb.strip_prefix("maintwindows") {
            Some("" | ":") => "",
            Some(":list") => "list",
            Some(":search") => "search",
            Some(":deleteBulk") => "deleteBulk",
            _ => return Err(ApiError::no_such_path(request.path)),
        };
        if request.method != Method::Post {
            return Err(ApiError::no_such_method("POST"));
        }
        let mut fields = request.json(&context.budget)?.object()?;
        let body = match verb {
            "list" => {
                let input =
                    required_alias(&mut fields, "page_input", "pageInput", PageInput::read)?;
                fields.finish()?;
                page_value(&self.list(&input)?, "page_input", &context.budget)?
            }
            "search" => {
                let (clause, input) =
                    required_alias(&mut fields, "search_input", "searchInput", |value| {
                        let mut fields = value.object()?;
                        let clause = fields.required("query", read_query)?;
                        fields.alias("pageInput", "page_input")?;
                        let input = fields.optional("page_input", PageInput::read)?;
                        fields.finish()?;
                        Ok((clause, input.unwrap_or_default()))
                    })?;
                fields.finish()?;
                let found = self.search_within(&clause, &input, &context.budget);
                let page = found.map_err(|error| match error.field() {
                    "page_input.limit" | "page_input.cursor" => error.under("search_input"),
                    _ => error,
                })?;
                page_value(&page, "search_input.page_input", &context.budget)?
            }
            "deleteBulk" => {
                let ids = fields.required("ids", |value| value.list(Value::text))?;
                fields.finish()?;
                self.delete_bulk(&ids, context.now, context.user)?;
                Value::Object(Vec::new())
            }
            _ => {
                let specification = fields.required("specification", Specification::read)?;
                fields.finish()?;
                let id = self.create(specification, context)?;
                context.budget.record_response(&id);
                Value::fields([("id", id.into())])
            }
        };
        Ok(Response::json(200, body.to_json()))
    }
}

/// Reads a required field that has two names.
fn required_alias<T>(
    fields: &mut Fields,
    name: &'static str,
    other: &str,
    read: impl FnOnce(Value) -> Result<T, Error>,
) -> Result<T, Error> {
    fields.alias(other, name)?;
    fields.required(name, |value| match value {
        Value::Null => Err(Error::invalid("is empty")),
        Value::Object(fields) if fields.is_empty() && name == "search_input" => {
            Err(Error::invalid("is empty"))
        }
        value => read(value),
    })
}

/// A page as JSON. `field` is the field of the request that limits the page.
fn page_value(page: &Page<'_>, field: &str, budget: &Budget) -> Result<Value, Error> {
    /// A value with its name, and both as text with their punctuation.
    const BYTES: usize = 96;
    for window in &page.windows {
        let (count, bytes) = window.size();
        // Once as a value and twice as text, while it grows.
        let bytes = budget.allocate(BYTES * count + 3 * bytes);
        bytes.map_err(|error| error.in_field("limit").in_field(field))?;
    }
    let windows = page.windows.iter().map(|window| window.value()).collect();
    let info = Value::fields([
        ("startCursor", (&page.start_cursor).into()),
        ("endCursor", (&page.end_cursor).into()),
        ("count", page.windows.len().to_string().into()),
        ("totalCount", page.total_count.to_string().into()),
        ("hasNext", page.has_next.into()),
        ("hasPrev", page.has_prev.into()),
        ("pending", "PENDING_FALSE".into()),
    ]);
    Ok(Value::fields([("maintWindows", windows), ("pageInfo", info)]))
}

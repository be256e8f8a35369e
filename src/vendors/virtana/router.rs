//! The endpoints: from a path to an operation and back.

use crate::error::Error;
use crate::json::value::{Fields, Value};
use crate::vendors::api::VendorApi;
use crate::vendors::http::{ApiError, Context, Method, Request, Response};
use crate::vendors::ids::vendor_id;
use crate::vendors::virtana::document::{Specification, query};
use crate::vendors::virtana::service::{Page, PageInput, Service};
use crate::window::Window;

impl VendorApi for Service {
    /// Paths begin with `/v1/modelcontext/`, or, where the host mounts the API
    /// deeper, with `/maintwindows`. One with a colon at its end, as in the
    /// vendor's example, creates too.
    fn handle(&mut self, request: &Request<'_>, context: &mut Context<'_>) -> Response {
        self.route(request, context).unwrap_or_else(|failure| {
            let body = Value::fields([
                ("code", grpc_code(failure.status()).into()),
                ("message", failure.to_string().into()),
                ("details", Value::List(Vec::new())),
            ]);
            Response::json(failure.status(), body.to_json())
        })
    }

    fn window_id_prefix(&self) -> String {
        vendor_id(&["virtana", &self.tenant, ""])
    }

    fn windows(&self) -> Vec<Window> {
        self.all()
            .flat_map(|window| window.windows().expect("they were built when taken in"))
            .collect()
    }

    fn notes(&self) -> Vec<String> {
        self.all().filter(|window| !window.deleted).flat_map(|window| window.notes()).collect()
    }

    fn to_json(&self) -> String {
        self.state().to_json()
    }
}

/// The code of gRPC that goes with a status.
fn grpc_code(status: u16) -> i64 {
    match status {
        400 | 413 => 3,
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
        let mut fields = request.json()?.object()?;
        let body = match verb {
            "list" => {
                let input = required(&mut fields, "page_input", "pageInput", PageInput::read)?;
                fields.finish()?;
                page(&self.list(&input)?)
            }
            "search" => {
                let (clause, input) =
                    required(&mut fields, "search_input", "searchInput", |value| {
                        let mut fields = value.object()?;
                        let clause = fields.required("query", query)?;
                        fields.alias("pageInput", "page_input")?;
                        let input = fields.optional("page_input", PageInput::read)?;
                        fields.finish()?;
                        Ok((clause, input.unwrap_or_default()))
                    })?;
                fields.finish()?;
                page(&self.search(&clause, &input).map_err(|failure| match failure.field() {
                    "page_input.limit" | "page_input.cursor" => failure.under("search_input"),
                    _ => failure,
                })?)
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
                Value::fields([("id", self.create(specification, context)?.into())])
            }
        };
        Ok(Response::json(200, body.to_json()))
    }
}

fn required<T>(
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

fn page(page: &Page<'_>) -> Value {
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
    Value::fields([("maintWindows", windows), ("pageInfo", info)])
}

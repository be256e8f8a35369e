//! Routing: from a request to an operation, and from its result to a response.

use crate::error::Error;
use crate::json::value::Value;
use crate::vendors::api::VendorApi;
use crate::vendors::budget::Budget;
use crate::vendors::changes::ChangeLog;
use crate::vendors::http::{ApiError, Context, Method, Request, Response};
use crate::vendors::ids::vendor_id;
use crate::vendors::uptrends::document::MaintenancePeriod;
use crate::vendors::uptrends::service::Service;
use crate::window::Window;

impl VendorApi for Service {
    fn handle(&mut self, request: &Request<'_>, context: &mut Context<'_>) -> Response {
        context.begin();
        self.route(request, context).unwrap_or_else(|error| error_response(&error))
    }

    fn refusal(&self, status: u16, message: &str) -> Response {
        error_response(&ApiError::refused(status, message))
    }

    fn window_id_prefix(&self) -> String {
        vendor_id(&["uptrends", &self.account, ""])
    }

    fn windows(&self) -> Vec<Window> {
        self.converted().filter_map(Result::ok).collect()
    }

    fn window(&self, id: &str) -> Option<Window> {
        self.native(id)
    }

    fn changes(&self) -> Option<&ChangeLog> {
        Some(self.change_log())
    }

    fn notes(&self) -> Vec<String> {
        self.converted().filter_map(Result::err).collect()
    }

    fn to_json(&self) -> String {
        self.state().to_json()
    }
}

/// An error in the vendor's form.
fn error_response(error: &ApiError) -> Response {
    let body = Value::fields([("Message", error.to_string().into())]);
    Response::error(error, body.to_json())
}

impl Service {
    fn route(
        &mut self,
        request: &Request<'_>,
        context: &mut Context<'_>,
    ) -> Result<Response, ApiError> {
        let segments = request.segments()?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (request.method, segments.as_slice()) {
            (Method::Get, ["Monitor", monitor, "MaintenancePeriod"]) => {
                let periods = self.list(monitor)?;
                count_periods(periods.len(), &context.budget)?;
                let periods: Value = periods.iter().map(MaintenancePeriod::value).collect();
                Ok(Response::json(200, periods.to_json()))
            }
            (Method::Post, ["Monitor", monitor, "MaintenancePeriod"]) => {
                let period = MaintenancePeriod::read(request.json(&context.budget)?)?;
                count_periods(1, &context.budget)?;
                Ok(Response::json(201, self.create(monitor, &period, context)?.to_json()))
            }
            (Method::Put, ["Monitor", monitor, "MaintenancePeriod", id]) => {
                let id = read_id(id)?;
                self.update(monitor, id, MaintenancePeriod::read(request.json(&context.budget)?)?)?;
                Ok(Response::empty(204))
            }
            (Method::Delete, ["Monitor", monitor, "MaintenancePeriod", id]) => {
                self.delete(monitor, read_id(id)?)?;
                Ok(Response::empty(204))
            }
            (Method::Post, ["Monitor", monitor, "MaintenancePeriod", "Cleanup", date]) => {
                self.cleanup(monitor, date)?;
                Ok(Response::empty(204))
            }
            // The date is missing; without this case it would be an unknown method.
            (Method::Post, ["Monitor", _, "MaintenancePeriod", "Cleanup"]) => {
                Err(ApiError::invalid("beforeDate", "is missing"))
            }
            (Method::Post, ["MonitorGroup", group, "MaintenancePeriod"]) => {
                let period = MaintenancePeriod::read(request.json(&context.budget)?)?;
                count_periods(self.member_count(group), &context.budget)?;
                let created = self.create_for_group(group, &period, context)?;
                let created: Value = created.iter().map(MaintenancePeriod::value).collect();
                Ok(Response::json(201, created.to_json()))
            }
            (_, ["Monitor", _, "MaintenancePeriod"]) => {
                Err(ApiError::no_such_method("GET or POST"))
            }
            (_, ["Monitor", _, "MaintenancePeriod", _]) => {
                Err(ApiError::no_such_method("PUT or DELETE"))
            }
            (
                _,
                ["Monitor", _, "MaintenancePeriod", "Cleanup", _]
                | ["MonitorGroup", _, "MaintenancePeriod"],
            ) => Err(ApiError::no_such_method("POST")),
            _ => Err(ApiError::no_such_path(request.path)),
        }
    }
}

/// Counts the work of a response with these periods, and of their creation.
fn count_periods(count: usize, budget: &Budget) -> Result<(), Error> {
    /// A period as values and as text, and its id and its place in the service.
    const BYTES: usize = 2048;
    const STEPS: usize = 500;
    budget.spend(STEPS * count)?;
    budget.allocate(BYTES * count)
}

/// Reads an Id of a path. Only the canonical spelling is accepted.
fn read_id(id: &str) -> Result<i64, ApiError> {
    let number = id.parse().ok().filter(|number: &i64| number.to_string() == id);
    number.ok_or_else(|| {
        let message = format!("\"{}\" is not an integer", crate::error::truncated(id));
        Error::syntax(message).in_field("maintenancePeriodId").into()
    })
}

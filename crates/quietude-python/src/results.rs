//! Python objects of answers. Their classes are written in Python, in `quietude._types`.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use quietude::explain::{Explanation, Verdict, WindowExplanation};
use quietude::fleet::SilencedTime;
use quietude::timeline::Segment;
use quietude::{Answer, Effect, Interval, SilenceEnd};

use crate::errors::python_class;
use crate::instant::{InZoneOf, to_timedelta};

type Made<'py> = PyResult<Bound<'py, PyAny>>;

/// The name of an effect.
pub(crate) fn effect_name(effect: Effect) -> &'static str {
    match effect {
        Effect::Monitoring => "monitoring",
        _ => "notifications",
    }
}

/// The kind of an end, and the instant that belongs to it.
pub(crate) fn end_parts(end: SilenceEnd) -> (&'static str, Option<quietude::Timestamp>) {
    match end {
        SilenceEnd::At(at) => ("at", Some(at)),
        SilenceEnd::AtLeast(at) => ("at_least", Some(at)),
        _ => ("never", None),
    }
}

/// A `SilenceEnd`.
pub(crate) fn silence_end<'py>(
    py: Python<'py>,
    end: SilenceEnd,
    zone: &InZoneOf<'py>,
) -> Made<'py> {
    let (kind, at) = end_parts(end);
    let at = at.map_or(Ok(None), |at| zone.datetime(at))?;
    python_class!(py, "_types", "SilenceEnd")?.call1((kind, at))
}

/// An `Answer`.
pub(crate) fn answer<'py>(py: Python<'py>, answer: &Answer<'_>, zone: &InZoneOf<'py>) -> Made<'py> {
    let by = PyTuple::new(py, answer.by.clone().map(|window| window.id().as_str()))?;
    let until = silence_end(py, answer.until, zone)?;
    let state = answer.state.map(quietude::EntityState::number);
    python_class!(py, "_types", "Answer")?.call1((by, until, effect_name(answer.effect), state))
}

fn occurrence<'py>(
    py: Python<'py>,
    interval: Option<Interval>,
    zone: &InZoneOf<'py>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(interval) = interval else { return Ok(None) };
    let bounds = (zone.datetime(interval.start())?, zone.datetime(interval.end())?);
    python_class!(py, "_types", "Occurrence")?.call1(bounds).map(Some)
}

/// A `Segment` of a timeline.
pub(crate) fn segment<'py>(py: Python<'py>, segment: &Segment, zone: &InZoneOf<'py>) -> Made<'py> {
    let (start, end) = (segment.interval.start(), segment.interval.end());
    let effect = segment.effect.map(effect_name);
    let bounds = (zone.datetime(start)?, zone.datetime(end)?, effect);
    python_class!(py, "_types", "Segment")?.call1(bounds)
}

/// A `SilencedTime`.
pub(crate) fn silenced_time<'py>(py: Python<'py>, time: &SilencedTime<'_>) -> Made<'py> {
    let by_effect = PyDict::new(py);
    for effect in [Effect::Notifications, Effect::Monitoring] {
        by_effect.set_item(effect_name(effect), to_timedelta(py, time.effect_ms(effect))?)?;
    }
    let by_window = PyDict::new(py);
    for (window, ms) in time.by_window() {
        by_window.set_item(window.id().as_str(), to_timedelta(py, ms)?)?;
    }
    let total = to_timedelta(py, time.total_ms())?;
    python_class!(py, "_types", "SilencedTime")?.call1((total, by_effect, by_window))
}

/// The name of a verdict.
fn verdict_name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Silences { .. } => "silences",
        Verdict::Inactive { .. } => "inactive",
        Verdict::OtherAlertType { .. } => "other_alert_type",
        Verdict::NearMiss { .. } => "near_miss",
        _ => "out_of_scope",
    }
}

fn window_explanation<'py>(
    py: Python<'py>,
    of: &WindowExplanation,
    zone: &InZoneOf<'py>,
) -> Made<'py> {
    python_class!(py, "_types", "WindowExplanation")?.call1((
        of.window.id().as_str(),
        verdict_name(&of.verdict),
        of.verdict.to_string(),
        occurrence(py, of.current, zone)?,
        occurrence(py, of.previous, zone)?,
        occurrence(py, of.next, zone)?,
        PyTuple::new(py, &of.clock_changes)?,
        PyTuple::new(py, &of.parts)?,
    ))
}

/// An `Explanation`.
pub(crate) fn explanation<'py>(
    py: Python<'py>,
    of: &Explanation,
    zone: &InZoneOf<'py>,
) -> Made<'py> {
    let windows: Vec<_> = of
        .windows
        .iter()
        .map(|window| window_explanation(py, window, zone))
        .collect::<PyResult<_>>()?;
    python_class!(py, "_types", "Explanation")?.call1((
        of.effect.map(effect_name),
        of.until.map(|until| silence_end(py, until, zone)).transpose()?,
        PyTuple::new(py, windows)?,
        of.omitted,
        of.to_string(),
    ))
}

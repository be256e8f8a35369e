//! A timeline as JSON.

use serde_json::{Value, json};

use crate::check::instant;
use crate::timeline::{Bar, Layout, Row};

/// The intervals of the subject and of each window.
pub(crate) fn form(layout: &Layout) -> Value {
    let zone = Some(&layout.zone);
    let bar = |bar: &Bar| {
        json!({
            "start": instant(bar.interval.start(), zone),
            "end": instant(bar.interval.end(), zone),
            "effect": bar.effect.to_string(),
            "merged": bar.merged,
        })
    };
    let with_windows = |of: &Bar| {
        let mut form = bar(of);
        form["by"] = json!(of.by);
        form
    };
    let row = |row: &Row| {
        json!({
            "label": row.label,
            "name": row.name,
            "schedule": row.detail,
            "intervals": row.bars.iter().map(bar).collect::<Vec<_>>(),
        })
    };
    let changes = layout.changes.iter().map(|change| {
        let by_ms = change.offset_after_ms - change.offset_before_ms;
        json!({ "at": instant(change.at, zone), "by_ms": by_ms })
    });
    let absent = layout.absent.iter().map(|(id, why)| json!({ "label": id, "reason": why }));
    json!({
        "subject": layout.title,
        "timezone": layout.zone.name(),
        "from": instant(layout.within.start(), zone),
        "to": instant(layout.within.end(), zone),
        "silenced": layout.union.bars.iter().map(with_windows).collect::<Vec<_>>(),
        "rows": layout.rows.iter().map(row).collect::<Vec<_>>(),
        "clock_changes": changes.collect::<Vec<_>>(),
        "absent": absent.collect::<Vec<_>>(),
    })
}

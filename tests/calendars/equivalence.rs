//! A calendar that another kind can express answers every question as that does.

use quietude::{Schedule, Timestamp};
use serde_json::{Value, json};

use crate::random::Random;
use crate::sets::schedule;

/// Compares two schedules at an instant.
fn compare(a: &Schedule, b: &Schedule, t: Timestamp) {
    assert_eq!(a.contains(t), b.contains(t), "{a} at {t}");
    assert_eq!(a.occurrence_at(t), b.occurrence_at(t), "{a} at {t}");
    assert_eq!(a.next_occurrence(t), b.next_occurrence(t), "{a} after {t}");
    assert_eq!(a.previous_occurrence(t), b.previous_occurrence(t), "{a} before {t}");
}

fn check(a: &Value, b: &Value) {
    let (plain, calendar) = (schedule(a), schedule(b));
    let mut random = Random(11);
    for _ in 0..150 {
        let t = random.within(-2_208_988_800_000, 7_258_118_400_000);
        let t = Timestamp::from_millis(t).unwrap();
        compare(&plain, &calendar, t);
        let Some(next) = plain.next_occurrence(t) else { continue };
        for edge in [next.start(), next.end()] {
            for beside in [-1, 0, 1] {
                let t = Timestamp::from_millis(edge.as_millis() + beside);
                compare(&plain, &calendar, t.unwrap());
            }
        }
    }
    for t in [Timestamp::MIN, Timestamp::MAX] {
        compare(&plain, &calendar, t);
    }
}

#[test]
fn calendar_equals_daily_weekly_monthly() {
    let every = json!({"n": 3, "anchor": "2026-01-05"});
    let with_unit = |unit: &str| json!({"n": 3, "anchor": "2026-01-05", "unit": unit});
    for zone in ["Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "UTC"] {
        for clock in [
            json!("22:00-02:00"),
            json!("00:00-24:00"),
            json!("02:10-02:50"),
            json!(["01:00-03:00", "02:30-05:00"]),
            json!("18:00-18:00+2d"),
        ] {
            for dst in ["high_water", "reading", "shift"] {
                let with = |mut fields: Value| {
                    fields["clock"] = clock.clone();
                    fields["timezone"] = json!(zone);
                    fields["dst"] = json!(dst);
                    fields
                };
                check(&with(json!({"kind": "daily"})), &with(json!({"kind": "calendar"})));
                check(
                    &with(json!({"kind": "daily", "every": every, "except": ["2026-01-08"]})),
                    &with(json!({"kind": "calendar", "every": with_unit("day"),
                                 "except": {"dates": ["2026-01-08"]}})),
                );
                check(
                    &with(
                        json!({"kind": "weekly", "weekdays": ["saturday..monday"], "every": every, "months": ["november..february"]}),
                    ),
                    &with(json!({"kind": "calendar", "every": with_unit("week"),
                                 "days": {"all": [{"weekdays": ["mon", "sat", "sun"]}, {"months": ["jan", "feb", "nov..dec"]}]}})),
                );
                check(
                    &with(
                        json!({"kind": "monthly", "day": [1, -1, {"nth": 2, "weekday": "tuesday"}], "every": every, "count": 7}),
                    ),
                    &with(json!({"kind": "calendar", "every": with_unit("month"), "count": 7,
                                 "days": {"any": [{"month_days": [1, -1]}, {"nth": 2, "weekday": "tuesday"}]}})),
                );
            }
        }
    }
}

#[test]
fn from_anchor_and_count_begin_at_the_anchor_date() {
    let calendar = |more: Value| {
        let mut fields = json!({"kind": "calendar", "clock": "09:00-10:00", "timezone": "UTC",
            "days": {"weekdays": ["monday", "thursday"]}});
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        schedule(&fields)
    };
    // 2026-01-07 is a Wednesday: Monday of that week is before it.
    let every = json!({"n": 1, "unit": "week", "anchor": "2026-01-07"});
    let mut from = every.clone();
    from["from_anchor"] = json!(true);
    let first =
        |schedule: &Schedule| schedule.next_occurrence(Timestamp::MIN).unwrap().start().to_string();
    let endless = calendar(json!({"every": from}));
    assert_eq!(first(&endless), "2026-01-08T09:00:00Z");
    assert!(endless.describe().ends_with("from 2026-01-07 on"), "{endless}");
    let counted = calendar(json!({"every": every, "count": 2, "except": ["2026-01-08"]}));
    assert_eq!(first(&counted), "2026-01-12T09:00:00Z");
    let always = quietude::Interval::ALWAYS;
    assert_eq!(counted.occurrences(always).count(), 1);
    let before = calendar(json!({"every": {"n": 2, "unit": "week", "anchor": "2026-01-07"}}));
    assert!(before.describe().ends_with("counted from 2026-01-07, and also before"), "{before}");
}

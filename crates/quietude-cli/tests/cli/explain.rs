//! Tests of `explain`.
use super::*;

#[test]
fn explain_entity_lists_every_window_with_reason() {
    let ran = fleet("explain", &["--entity", "db-7", "--at", "2026-11-26T20:15:00Z"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let first =
        "db-7 is silenced (notifications) at 2026-11-26T20:15:00Z until 2026-11-27T01:00:00Z";
    assert_eq!(ran.out.lines().next(), Some(first));
    let block = |name: &str| {
        let from = ran.out.find(&format!("  {name} ")).unwrap_or_else(|| panic!("{name}"));
        let block = &ran.out[from..];
        let end = block[2..].find("\n  f").map_or(block.len(), |end| end + 2);
        &block[..end]
    };
    assert!(
        block("fra-db7-vacuum")
            .contains("occurs    2026-11-26T20:00:00Z to 2026-11-26T21:00:00Z, ends in 45 min")
    );
    assert!(
        block("fra-db7-vacuum")
            .contains("valid     2026-02-01T20:30:00Z to 2026-12-20T20:15:00Z\n")
    );
    assert!(block("fra-db7-disk").contains("state     expired"));
    assert!(block("fra-power-works").contains("begins    2026-11-28T20:00:00Z, in 1 d 23 h"));
    assert!(block("backup-noise").contains("types     BACKUP"));
    assert!(
        block("fra-eu-freeze")
            .contains(r#"scope     {"all":[{"group":"prod-eu"},{"not":{"entity":"db-7"}}]}"#)
    );
}

#[test]
fn explain_inherited_silence_names_the_ancestor() {
    let ran = fleet("explain", &["--entity", "kafka-fra-2", "--at", "2026-11-28T21:00:00Z"]);
    assert!(ran.out.contains("    through   fra1\n"), "{}", ran.out);
}

#[test]
fn explain_closed_or_disabled_window_prints_state() {
    let ran = fleet("explain", &["--entity", "pos-gateway-gru", "--at", "2026-11-26T07:00:00Z"]);
    assert!(ran.out.contains("    state     closed\n"), "{}", ran.out);
    assert!(ran.out.contains("    closed    2026-11-26T06:10:00Z\n"), "{}", ran.out);
    let ran = fleet("explain", &["--entity", "par1", "--at", "2026-11-26T07:00:00Z"]);
    assert!(ran.out.contains("    state     disabled: switched off\n"), "{}", ran.out);
}

#[test]
fn explain_open_validity_prints_its_bound() {
    let ran = fleet("explain", &["--entity", "par1-r01", "--at", "2026-11-26T07:00:00Z"]);
    assert!(ran.out.contains("    valid     until 2025-12-01T00:00:00Z\n"), "{}", ran.out);
    let ran = fleet("explain", &["--entity", "pg-orders-1", "--at", "2026-11-26T07:00:00Z"]);
    assert!(ran.out.contains("    valid     from 2026-01-01T00:00:00Z\n"), "{}", ran.out);
}

#[test]
fn explain_clock_change_prints_moved_and_dropped() {
    for (entity, at, note) in [
        (
            "pg-orders-2",
            "2026-03-29T01:30:00Z",
            "02:30 does not exist on 2026-03-29 (the clocks go from 02:00 to 03:00): it begins at 03:00",
        ),
        (
            "kafka-fra-2",
            "2026-03-29T06:00:00Z",
            "nothing on 2026-03-29: 02:10 to 02:50 does not exist on that day (the clocks go from 02:00 to 03:00)",
        ),
        (
            "weather-ldh-1",
            "2026-10-03T12:00:00Z",
            "02:15 does not exist on 2026-10-04 (the clocks go from 02:00 to 02:30): it ends at 02:30",
        ),
    ] {
        let ran = fleet("explain", &["--entity", entity, "--at", at]);
        assert!(ran.out.contains(&format!("    clocks    {note}\n")), "{}", ran.out);
    }
    let ran = fleet("explain", &["--entity", "pg-orders-2", "--at", "2026-05-01T01:30:00Z"]);
    assert!(!ran.out.contains("    clocks "), "{}", ran.out);
}

#[test]
fn explain_combination_shows_its_parts() {
    let lab = |at: &str| fleet("explain", &["--entity", "lab-1", "--at", at]).out;
    let lunch = lab("2026-11-27T11:30:00Z");
    assert!(
        lunch.contains("    schedule  always, except office-hours; notifications\n"),
        "{lunch}"
    );
    assert!(lunch.contains("    part      outside of office-hours\n"), "{lunch}");
    assert!(lunch.contains("lab-1 is silenced"), "{lunch}");
    let work = lab("2026-11-27T13:30:00Z");
    assert!(work.contains("    part      within office-hours\n"), "{work}");
    assert!(work.contains("    state     idle: between two occurrences\n"), "{work}");
}

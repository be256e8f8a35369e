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
            .contains("occurs    2026-11-26T20:00:00Z to 2026-11-26T21:00:00Z, in 45 min")
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

//! Tests of `timeline`.
use super::*;

#[test]
fn timeline_weekend_with_clock_change_draws_expected_text() {
    let args =
        ["--entity", "pg-orders-2", "--from", "2026-10-24", "--to", "2026-10-27", "--width", "94"];
    let ran = fleet("timeline", &args);
    assert_eq!(
        ran.out,
        "\
pg-orders-2, Sat 24 Oct 2026 00:00 to Tue 27 Oct 2026 00:00, Europe/Paris

                    Sat 24 Oct              Sun 25 Oct               Mon 26 Oct
                    00:00       12:00       00:00        12:00       00:00       12:00
                    ┼───────────┬───────────┼──«─────────┬───────────┼───────────┬────────────
silenced            │ ░▒░                   │ ░▒▒░                   │  ░░
                    │                       │  ┊                     │
par-replica-resync  │ ░▒░                   │ ░▒▒░                   │  ░░
global-drill        │                       │ ░▒░                    │

▒ notifications muted, ░ in part   │ midnight   a column is 59 min 11 s
« clocks go back by 1 h to Sun 25 Oct 2026 02:00 (2026-10-25T01:00:00Z)
not in this stretch:
  par-nightly-backup  idle, next Tue 27 Oct 2026 22:00
  par-backup-verify  idle, next Wed 28 Oct 2026 02:00
  fra-patch-tuesday  idle, next Tue 10 Nov 2026 20:00
  fra-eu-freeze  pending, next Wed 23 Dec 2026 18:00
  gold-payday  idle, next Sun 1 Nov 2026 04:00
  old-firewall  disabled
"
    );
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

#[test]
fn timeline_chart_lines_fit_width() {
    for width in ["40", "80", "1000"] {
        for (from, to) in [
            ("2026-10-24T00:00:00Z", "2026-10-24T02:00:00Z"),
            ("2026-10-24", "2026-10-27"),
            ("2026-01-01", "2027-01-01"),
            ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"),
        ] {
            let args = ["--entity", "redis-cart-1", "--from", from, "--to", to, "--width", width];
            let ran = fleet("timeline", &args);
            assert_eq!(ran.code, 0, "{}", ran.err);
            let limit: usize = width.parse().unwrap();
            let chart = ran.out.lines().skip(1).take_while(|line| !line.starts_with('▒'));
            assert!(chart.clone().count() > 3);
            for line in chart {
                assert!(line.chars().count() <= limit, "{line}");
            }
        }
    }
}

#[test]
fn timeline_millisecond_period_merges_bars() {
    let text = r#"{ "version": 1, "windows": [ { "id": "w", "scope": "everything", "schedule":
        { "kind": "periodic", "start": "2020-01-01T00:00:00Z", "duration_ms": 1, "period_ms": 2 } } ] }"#;
    let file = std::env::temp_dir().join(format!("quietude-cli-{}.json", std::process::id()));
    std::fs::write(&file, text).unwrap();
    let ran = run(
        &[
            "timeline",
            "--file",
            file.to_str().unwrap(),
            "--entity",
            "a",
            "--from",
            "2026-01-01",
            "--to",
            "2036-01-01",
        ],
        b"",
    );
    std::fs::remove_file(&file).unwrap();
    assert!(ran.out.contains("w         ░░░░░░"), "{}{}", ran.out, ran.err);
}

#[test]
fn timeline_zone_missing_uses_most_used_zone() {
    let args = ["--entity", "weather-ldh-1", "--from", "2026-10-03", "--to", "2026-10-05"];
    let ran = fleet("timeline", &args);
    assert!(ran.out.lines().next().unwrap().ends_with(", Australia/Lord_Howe"), "{}", ran.out);
    assert!(
        ran.out.contains(
            "» clocks go forward by 30 min to Sun 4 Oct 2026 02:30 (2026-10-03T15:30:00Z)"
        )
    );
    let ran = fleet("timeline", &[&args[..], &["--timezone", "UTC"]].concat());
    let span = "weather-ldh-1, Sat 3 Oct 2026 00:00 to Mon 5 Oct 2026 00:00, UTC";
    assert_eq!(ran.out.lines().next(), Some(span));
}

#[test]
fn timeline_skipped_midnight_starts_at_first_instant_of_date() {
    let args = ["--entity", "pos-gateway-gru", "--from", "2018-11-04", "--to", "2018-11-05"];
    let ran = fleet("timeline", &args);
    let span = "pos-gateway-gru, Sun 4 Nov 2018 01:00 to Mon 5 Nov 2018 00:00, America/Sao_Paulo";
    assert_eq!(ran.out.lines().next(), Some(span));
}

#[test]
fn timeline_svg_is_well_formed_with_exact_times() {
    let file = std::env::temp_dir().join(format!("quietude-cli-{}.svg", std::process::id()));
    let name = file.to_str().unwrap();
    let args =
        ["--entity", "pg-orders-2", "--from", "2026-10-24", "--to", "2026-10-27", "--svg", name];
    let ran = fleet("timeline", &args);
    let svg = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    assert!(
        svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"") && svg.ends_with("</svg>\n")
    );
    for tag in ["text", "title", "g", "style", "pattern", "defs"] {
        let opened =
            svg.matches(&format!("<{tag}>")).count() + svg.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, svg.matches(&format!("</{tag}>")).count(), "{tag}");
    }
    let tooltip = "par-replica-resync: Replica resync after the nightly import\n\
                   from Sun 25 Oct 2026 02:30 +02:00\n  2026-10-25T00:30:00Z\n\
                   until Sun 25 Oct 2026 04:00 +01:00\n  2026-10-25T03:00:00Z\n\
                   notifications, 2 h 30 min";
    assert!(svg.contains(tooltip), "{svg}");
    assert!(svg.contains("clocks \u{2212}1 h"));
}

#[test]
fn timeline_empty_interval_is_an_error() {
    let args = ["--entity", "db-7", "--from", "2026-10-27", "--to", "2026-10-27"];
    let ran = fleet("timeline", &args);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.err.starts_with("error: --to 2026-10-26T23:00:00Z is not after --from"),
        "{}",
        ran.err
    );
}

#[test]
fn timeline_combination_has_a_row_for_each_part() {
    let args = ["--entity", "lab-1", "--from", "2026-11-27", "--to", "2026-11-30", "--width", "94"];
    let ran = fleet("timeline", &args);
    let rows: Vec<&str> = ran.out.lines().filter(|line| line.contains("office")).collect();
    assert_eq!(rows.len(), 2, "{}", ran.out);
    assert!(rows[0].starts_with("lab-office-hours  ▒▒▒"), "{}", ran.out);
    assert!(rows[1].starts_with("- except office…  │    "), "{}", ran.out);
}

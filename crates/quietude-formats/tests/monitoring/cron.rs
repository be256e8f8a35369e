//! Lines of crontabs against a slow evaluator of Vixie cron's rules, and the syntax.

use chrono::{Datelike, NaiveDate, TimeDelta, Timelike};
use quietude_formats::{Format, ImportOptions};

use crate::mktime::{ZONES, compare, midnight, questions, reading, zone};
use crate::random::Random;
use crate::{at, check_round_trip, import, in_zone, notes, window};

/// A field as text, with the values that it has.
struct Field {
    text: String,
    values: Vec<i64>,
}

fn field(random: &mut Random, least: i64, most: i64) -> Field {
    let mut texts = Vec::new();
    let mut values = Vec::new();
    for _ in 0..random.within(1, 3) {
        let (a, b) = (random.within(least, most), random.within(least, most));
        let (a, b) = (a.min(b), a.max(b));
        let step = random.within(2, 5);
        let (text, range, step) = match random.within(0, 9) {
            0..=2 => ("*".to_owned(), (least, most), 1),
            3 => (format!("*/{step}"), (least, most), step),
            4 => (format!("{a}-{b}"), (a, b), 1),
            5 => (format!("{a}-{b}/{step}"), (a, b), step),
            _ => (format!("{a}"), (a, a), 1),
        };
        values.extend((range.0..=range.1).step_by(step as usize));
        texts.push(text.clone());
        if text == "*" {
            // A list with a star is not usual.
            (texts, values) = (vec![text], (least..=most).collect());
            break;
        }
    }
    Field { text: texts.join(","), values }
}

/// Whether a line is active that lasts `length` from each of its times.
fn is_active(fields: &[Field; 5], t: i64, length: i64, zone: chrono_tz::Tz) -> bool {
    let [minutes, hours, days, months, weekdays] = fields;
    let is_star = |field: &Field| field.text.starts_with('*');
    let is_wild = is_star(minutes) || is_star(hours);
    let has = |field: &Field, value: u32| field.values.contains(&value.into());
    let first = (t - length) / 60_000 + i64::from(t - length >= 0);
    (first..=t / 60_000).any(|minute| {
        let start = minute * 60_000;
        let local = reading(start, zone);
        let date = local.date();
        let sunday = date.weekday().num_days_from_sunday();
        let day = has(days, date.day());
        let weekday = has(weekdays, sunday) || (sunday == 0 && has(weekdays, 7));
        let is_day =
            if is_star(days) || is_star(weekdays) { day && weekday } else { day || weekday };
        // Whether the clock showed this time within the hours before.
        let is_repeated = || (1..=4).any(|half| reading(start - half * 1_800_000, zone) == local);
        start > t - length
            && has(minutes, local.minute())
            && has(hours, local.hour())
            && has(months, date.month())
            && is_day
            && (is_wild || !is_repeated())
    })
}

#[test]
fn lines_equal_the_slow_evaluator() {
    let mut asked = 0;
    for seed in 0..300 {
        let mut random = Random::new(seed ^ 0x1234);
        let name = *random.pick(&ZONES);
        let fields = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];
        let mut fields = fields.map(|(least, most)| field(&mut random, least, most));
        if fields[4].text.contains("*/") {
            // 7 is Sunday again, after the star's own end.
            fields[4] = Field { text: "*".into(), values: (0..7).collect() };
        }
        let length = random.within(1, 12) * 900_000;
        let texts: Vec<_> = fields.iter().map(|field| field.text.as_str()).collect();
        let text = format!("{} command\n", texts.join(" "));
        let options = in_zone(name).duration_millis(length as u64);
        let imported = import(Format::Cron, &text, &options);
        check_round_trip(&imported.document);
        let line = window(&imported.document, "line-1");
        let tz = zone(name);
        // The first day on which the line has a time.
        let near: Vec<NaiveDate> = (0..800)
            .map(|n| NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + TimeDelta::days(n))
            .filter(|date| fields[3].values.contains(&date.month().into()))
            .filter(|date| fields[2].values.contains(&date.day().into()))
            .take(3)
            .collect();
        let mut instants = questions(&mut random, &near, name, 60);
        for date in &near {
            for _ in 0..8 {
                let hour = *random.pick(&fields[1].values);
                let minute = *random.pick(&fields[0].values);
                let local = midnight(*date) + TimeDelta::minutes(hour * 60 + minute);
                let t = crate::mktime::instant(local, tz);
                instants.extend([t - 1, t, t + length - 1, t + length]);
            }
        }
        let expected = |t: i64| is_active(&fields, t, length, tz);
        asked += compare(
            &format!("{name} {length}\n{text}"),
            &instants,
            |t| line.is_active(t),
            expected,
        );
    }
    assert!(asked > 25_000, "{asked}");
}

#[test]
fn quartz_expressions_are_recognised_by_their_question_mark() {
    let hour = ImportOptions::new().timezone(zone_utc()).duration_millis(3_600_000);
    let text = "0 0 22 ? * MON-FRI\n0 0 22 ? * 2-6\n0 0 22 ? * 6L\n0 0 22 ? * 6#3 2026\n0 0 22 15 * ?\n\
                0 0 22 ? * FRI-MON\n";
    let imported = import(Format::Cron, text, &hour);
    check_round_trip(&imported.document);
    // Friday 27 November, and Saturday 28.
    let answers = |id: &str| {
        let window = window(&imported.document, id);
        [20, 27, 28, 15]
            .map(|day| window.is_active(format!("2026-11-{day}T22:59:59Z").parse().unwrap()))
    };
    assert_eq!(answers("line-1"), [true, true, false, false]);
    assert_eq!(answers("line-2"), [true, true, false, false]);
    assert_eq!(answers("line-3"), [false, true, false, false]);
    assert_eq!(answers("line-4"), [true, false, false, false]);
    assert_eq!(answers("line-5"), [false, false, false, true]);
    assert_eq!(answers("line-6"), [true, true, true, true]);
    let none = imported.document.registry.get("line-1").unwrap();
    assert_eq!(none.name(), None);
}

fn zone_utc() -> quietude::Zone {
    "UTC".parse().unwrap()
}

#[test]
fn what_is_no_time_is_noted() {
    let text = "# m h dom mon dow user\tcommand\n\
                @reboot root /bin/start\n\
                0~59 3 * * * root /bin/random\n\
                @every 5m root x\n\
                TZ=Europe/Paris\n\
                17 * * * * root cd / && run-parts --report /etc/cron.hourly\n\
                30 2 * * * backup dump\n";
    let imported = import(Format::Cron, text, &in_zone("UTC").duration_millis(60_000));
    let [hourly, dump] = ["line-6", "line-7"].map(|id| window(&imported.document, id));
    assert_eq!(hourly.name(), Some("cd / && run-parts --report /etc/cron.hourly"));
    assert_eq!((&*hourly.tags()["user"], &*dump.tags()["user"]), ("root", "backup"));
    assert!(dump.is_active(at(1_764_293_400_000)), "02:30 in Paris");
    assert_eq!(
        notes(&imported),
        [
            "line 2: @reboot: left out: the start of the host is not a time",
            "line 3: left out: \"0~59\" is a random time, drawn by cron",
            "line 4: @every: left out: its times depend on when the program was started",
            "line 5: TZ: it is the zone of the lines below it here; Vixie cron and cronie take only \
             CRON_TZ as that",
            "crontab: user: the sixth column is taken as the user, as in /etc/crontab; it becomes the \
             tag `user`, and has no other effect",
            "line 7: on a date on which the clock skips this time, cron runs the command when the clock \
             has moved on; here the line has no occurrence then",
        ]
    );
}

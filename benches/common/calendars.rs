//! Single schedules: the examples of the documentation, and the plain kinds.

use chrono_tz::Tz;
use quietude::Weekday::{Fri, Mon, Tue};
use quietude::calendar::{Calendar, Cron, Days, Dst, Point, Unit};
use quietude::{ClockRange, Daily, MonthDay, Monthly, Schedule, Weekly};

const ZONE: Tz = Tz::Europe__Berlin;

fn clock(text: &str) -> ClockRange {
    text.parse().expect("it is valid")
}

/// Each with its name. A calendar that says what a plain kind says follows that.
pub(crate) fn kinds() -> Vec<(&'static str, Schedule)> {
    fn valid<T>(value: Result<T, quietude::Error>) -> T {
        value.expect("it is valid")
    }
    let night = clock("22:00-02:00");
    let on = |days: Days| Schedule::from(Calendar::new(night, ZONE).with_days(days));
    let cron = |text: &str| Schedule::from(valid(Cron::new(text, 4 * 3_600_000, ZONE)));
    let working = Days::weekday_range(Mon, Fri);
    let holidays = valid(Days::any([
        valid(Days::easter(-2)),
        valid(Days::easter(1)),
        valid(Days::span(valid(Point::month_day(12, 24)), valid(Point::month_day(1, 1)), 1)),
    ]));
    let day = |day: i32| valid(MonthDay::new(day));
    let point = |month, nth, day| valid(Point::month_weekday(month, nth, day));
    let daily = Schedule::from(Daily::new(night, ZONE));
    let office = Schedule::from(
        Calendar::new(clock("09:00-17:00"), ZONE).with_days(Days::weekday_range(Mon, Fri)),
    );
    let whole = Schedule::from(Daily::new(clock("00:00-24:00"), ZONE));
    vec![
        ("daily", daily.clone()),
        ("calendar, every day", Calendar::new(night, ZONE).into()),
        ("cron, every day", cron("0 22 * * *")),
        ("weekly", valid(Weekly::new([Tue, Fri], night, ZONE)).into()),
        ("calendar, weekdays", on(valid(Days::weekdays([Tue, Fri])))),
        ("cron, weekdays", cron("0 22 * * TUE,FRI")),
        ("monthly", valid(Monthly::on_days([day(1), day(15), day(-1)], night, ZONE)).into()),
        ("calendar, days of the month", on(valid(Days::month_days([1, 15, -1])))),
        ("cron, days of the month", cron("0 22 1,15,L * *")),
        ("calendar, n-th weekday", on(valid(Days::nth_weekday(2, Tue)))),
        ("calendar, the 20th to the last day", on(valid(Days::month_day_range(20, -1)))),
        ("calendar, last working day", on(valid(Days::nth_of(-1, working.clone(), Unit::Month)))),
        ("calendar, months", on(valid(Days::months([1, 5, 6, 7, 8])))),
        ("calendar, years", on(valid(Days::years(2026, 2030)))),
        (
            "calendar, span",
            on(valid(Days::span(
                valid(Point::month_day(12, 24)),
                valid(Point::month_day(1, 6)),
                3,
            ))),
        ),
        (
            "calendar, span of weekdays",
            on(valid(Days::span(point(5, -1, Mon), point(9, 1, Mon), 1))),
        ),
        ("calendar, Good Friday", on(valid(Days::easter(-2)))),
        (
            "calendar, after the second Tuesday",
            on(valid(Days::offset(4, valid(Days::nth_weekday(2, Tue))))),
        ),
        ("calendar, nearest weekday", on(valid(Days::nearest_weekday(15)))),
        (
            "calendar, working days but holidays",
            on(valid(working.and(valid(holidays.complement())))),
        ),
        (
            "calendar, two ranges",
            valid(
                Calendar::new(night, ZONE)
                    .with_clocks([clock("09:00-12:00"), clock("13:00-17:30")]),
            )
            .into(),
        ),
        (
            "calendar, two days",
            Schedule::from(
                Calendar::new(clock("18:00-18:00+2d"), ZONE)
                    .with_days(Days::weekday_range(Fri, Fri)),
            ),
        ),
        ("calendar, reading", Calendar::new(night, ZONE).with_dst(Dst::Reading).into()),
        ("calendar, shift", Calendar::new(night, ZONE).with_dst(Dst::Shift).into()),
        (
            "every day except office hours",
            valid(Schedule::all([whole, valid(Schedule::not(office.clone()))])),
        ),
        ("any of two", valid(Schedule::any([daily, office]))),
    ]
}

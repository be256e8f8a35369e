//! The examples of RFC 5545, 3.8.5.3, with the RFC's own dates.
//!
//! All begin on `19970902T090000` in America/New_York unless said. Instances
//! are written `YYYYMMDD`, or `YYYYMMDDTHHMM` where the time is not 09:00; `n`
//! after the list is how many there are in all, where that is finite.

use chrono::{NaiveDateTime, TimeZone};
use chrono_tz::America::New_York;

use super::{schedule, starts_until};

/// Title, DTSTART (empty for the usual one), rule and further lines, the first
/// instances, and whether these are all.
type Example = (&'static str, &'static str, &'static str, &'static str, bool);

const ALL: bool = true;
const FIRST: bool = false;

const EXAMPLES: &[Example] = &[
    (
        "Daily for 10 occurrences",
        "",
        "FREQ=DAILY;COUNT=10",
        "19970902 19970903 19970904 19970905 19970906 19970907 19970908 19970909 19970910 19970911",
        ALL,
    ),
    (
        "Every other day - forever",
        "",
        "FREQ=DAILY;INTERVAL=2",
        "19970902 19970904 19970906 19970908 19970910 19970912 19970914 19970916 19970918 19970920 19970922 19970924 19970926 19970928 19970930 19971002 19971004 19971006 19971008 19971010 19971012 19971014 19971016 19971018 19971020 19971022 19971024 19971026 19971028 19971030 19971101 19971103",
        FIRST,
    ),
    (
        "Every 10 days, 5 occurrences",
        "",
        "FREQ=DAILY;INTERVAL=10;COUNT=5",
        "19970902 19970912 19970922 19971002 19971012",
        ALL,
    ),
    (
        "Weekly for 10 occurrences",
        "",
        "FREQ=WEEKLY;COUNT=10",
        "19970902 19970909 19970916 19970923 19970930 19971007 19971014 19971021 19971028 19971104",
        ALL,
    ),
    (
        "Weekly until December 24, 1997",
        "",
        "FREQ=WEEKLY;UNTIL=19971224T000000Z",
        "19970902 19970909 19970916 19970923 19970930 19971007 19971014 19971021 19971028 19971104 19971111 19971118 19971125 19971202 19971209 19971216 19971223",
        ALL,
    ),
    (
        "Every other week - forever",
        "",
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
        "19970902 19970916 19970930 19971014 19971028 19971111 19971125 19971209 19971223 19980106 19980120 19980203 19980217",
        FIRST,
    ),
    (
        "Weekly on Tuesday and Thursday for five weeks (UNTIL)",
        "",
        "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
        "19970902 19970904 19970909 19970911 19970916 19970918 19970923 19970925 19970930 19971002",
        ALL,
    ),
    (
        "Weekly on Tuesday and Thursday for five weeks (COUNT)",
        "",
        "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH",
        "19970902 19970904 19970909 19970911 19970916 19970918 19970923 19970925 19970930 19971002",
        ALL,
    ),
    (
        "Every other week on Monday, Wednesday, and Friday until December 24, 1997",
        "19970901T090000",
        "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
        "19970901 19970903 19970905 19970915 19970917 19970919 19970929 19971001 19971003 19971013 19971015 19971017 19971027 19971029 19971031 19971110 19971112 19971114 19971124 19971126 19971128 19971208 19971210 19971212 19971222",
        ALL,
    ),
    (
        "Every other week on Tuesday and Thursday, for 8 occurrences",
        "",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
        "19970902 19970904 19970916 19970918 19970930 19971002 19971014 19971016",
        ALL,
    ),
    (
        "Monthly on the first Friday for 10 occurrences",
        "19970905T090000",
        "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
        "19970905 19971003 19971107 19971205 19980102 19980206 19980306 19980403 19980501 19980605",
        ALL,
    ),
    (
        "Monthly on the first Friday until December 24, 1997",
        "19970905T090000",
        "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
        "19970905 19971003 19971107 19971205",
        ALL,
    ),
    (
        "Every other month on the first and last Sunday of the month for 10 occurrences",
        "19970907T090000",
        "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
        "19970907 19970928 19971102 19971130 19980104 19980125 19980301 19980329 19980503 19980531",
        ALL,
    ),
    (
        "Monthly on the second-to-last Monday of the month for 6 months",
        "19970922T090000",
        "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
        "19970922 19971020 19971117 19971222 19980119 19980216",
        ALL,
    ),
    (
        "Monthly on the third-to-the-last day of the month, forever",
        "19970928T090000",
        "FREQ=MONTHLY;BYMONTHDAY=-3",
        "19970928 19971029 19971128 19971229 19980129 19980226",
        FIRST,
    ),
    (
        "Monthly on the 2nd and 15th of the month for 10 occurrences",
        "",
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
        "19970902 19970915 19971002 19971015 19971102 19971115 19971202 19971215 19980102 19980115",
        ALL,
    ),
    (
        "Monthly on the first and last day of the month for 10 occurrences",
        "19970930T090000",
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
        "19970930 19971001 19971031 19971101 19971130 19971201 19971231 19980101 19980131 19980201",
        ALL,
    ),
    (
        "Every 18 months on the 10th thru 15th of the month for 10 occurrences",
        "19970910T090000",
        "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
        "19970910 19970911 19970912 19970913 19970914 19970915 19990310 19990311 19990312 19990313",
        ALL,
    ),
    (
        "Every Tuesday, every other month",
        "",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
        "19970902 19970909 19970916 19970923 19970930 19971104 19971111 19971118 19971125 19980106 19980113 19980120 19980127 19980303 19980310 19980317 19980324 19980331",
        FIRST,
    ),
    (
        "Yearly in June and July for 10 occurrences",
        "19970610T090000",
        "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
        "19970610 19970710 19980610 19980710 19990610 19990710 20000610 20000710 20010610 20010710",
        ALL,
    ),
    (
        "Every other year on January, February, and March for 10 occurrences",
        "19970310T090000",
        "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
        "19970310 19990110 19990210 19990310 20010110 20010210 20010310 20030110 20030210 20030310",
        ALL,
    ),
    (
        "Every third year on the 1st, 100th, and 200th day for 10 occurrences",
        "19970101T090000",
        "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
        "19970101 19970410 19970719 20000101 20000409 20000718 20030101 20030410 20030719 20060101",
        ALL,
    ),
    (
        "Every 20th Monday of the year, forever",
        "19970519T090000",
        "FREQ=YEARLY;BYDAY=20MO",
        "19970519 19980518 19990517",
        FIRST,
    ),
    (
        "Monday of week number 20 (where the default start of the week is Monday), forever",
        "19970512T090000",
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        "19970512 19980511 19990517",
        FIRST,
    ),
    (
        "Every Thursday in March, forever",
        "19970313T090000",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
        "19970313 19970320 19970327 19980305 19980312 19980319 19980326 19990304 19990311 19990318 19990325",
        FIRST,
    ),
    (
        "Every Thursday, but only during June, July, and August, forever",
        "19970605T090000",
        "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
        "19970605 19970612 19970619 19970626 19970703 19970710 19970717 19970724 19970731 19970807 19970814 19970821 19970828 19980604 19980611 19980618 19980625 19980702 19980709 19980716 19980723 19980730 19980806 19980813 19980820 19980827 19990603",
        FIRST,
    ),
    (
        "Every Friday the 13th, forever",
        "",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13\nEXDATE;TZID=America/New_York:19970902T090000",
        "19980213 19980313 19981113 19990813 20001013",
        FIRST,
    ),
    (
        "The first Saturday that follows the first Sunday of the month, forever",
        "19970913T090000",
        "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
        "19970913 19971011 19971108 19971213 19980110 19980207 19980307 19980411 19980509 19980613",
        FIRST,
    ),
    (
        "Every 4 years, the first Tuesday after a Monday in November, forever",
        "19961105T090000",
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        "19961105 20001107 20041102",
        FIRST,
    ),
    (
        "The third instance into the month of one of Tuesday, Wednesday, or Thursday, for the next 3 months",
        "19970904T090000",
        "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
        "19970904 19971007 19971106",
        ALL,
    ),
    (
        "The second-to-last weekday of the month",
        "19970929T090000",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
        "19970929 19971030 19971127 19971230 19980129 19980226 19980330",
        FIRST,
    ),
    // The text says UNTIL=19970902T170000Z, which is 13:00 there, and lists 15:00
    // all the same; 21:00 UTC is the 5:00 PM that is meant.
    (
        "Every 3 hours from 9:00 AM to 5:00 PM on a specific day",
        "",
        "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z",
        "19970902 19970902T1200 19970902T1500",
        ALL,
    ),
    (
        "Every 15 minutes for 6 occurrences",
        "",
        "FREQ=MINUTELY;INTERVAL=15;COUNT=6",
        "19970902 19970902T0915 19970902T0930 19970902T0945 19970902T1000 19970902T1015",
        ALL,
    ),
    (
        "Every hour and a half for 4 occurrences",
        "",
        "FREQ=MINUTELY;INTERVAL=90;COUNT=4",
        "19970902 19970902T1030 19970902T1200 19970902T1330",
        ALL,
    ),
    (
        "Every 20 minutes from 9:00 AM to 4:40 PM every day (DAILY)",
        "",
        "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40",
        "19970902 19970902T0920 19970902T0940 19970902T1000 19970902T1020 19970902T1040 19970902T1100 19970902T1120 19970902T1140 19970902T1200 19970902T1220 19970902T1240 19970902T1300 19970902T1320 19970902T1340 19970902T1400 19970902T1420 19970902T1440 19970902T1500 19970902T1520 19970902T1540 19970902T1600 19970902T1620 19970902T1640 19970903",
        FIRST,
    ),
    (
        "Every 20 minutes from 9:00 AM to 4:40 PM every day (MINUTELY)",
        "",
        "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16",
        "19970902 19970902T0920 19970902T0940 19970902T1000 19970902T1020 19970902T1040 19970902T1100 19970902T1120 19970902T1140 19970902T1200 19970902T1220 19970902T1240 19970902T1300 19970902T1320 19970902T1340 19970902T1400 19970902T1420 19970902T1440 19970902T1500 19970902T1520 19970902T1540 19970902T1600 19970902T1620 19970902T1640 19970903",
        FIRST,
    ),
    (
        "Where the days generated makes a difference because of a different WKST value (MO)",
        "19970805T090000",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
        "19970805 19970810 19970819 19970824",
        ALL,
    ),
    (
        "changing only WKST from MO to SU",
        "19970805T090000",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
        "19970805 19970817 19970819 19970831",
        ALL,
    ),
    (
        "An example where an invalid date (i.e., February 30) is ignored",
        "20070115T090000",
        "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
        "20070115 20070130 20070215 20070315 20070330",
        ALL,
    ),
    // 3.3.10.
    (
        "The last work day of the month",
        "19970930T090000",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "19970930 19971031 19971128 19971231",
        FIRST,
    ),
    (
        "Every Sunday in January at 8:30 AM and 9:30 AM, every other year",
        "19970105T083000",
        "FREQ=YEARLY;INTERVAL=2;BYMONTH=1;BYDAY=SU;BYHOUR=8,9;BYMINUTE=30",
        "19970105T0830 19970105T0930 19970112T0830 19970112T0930 19970119T0830 19970119T0930 19970126T0830 19970126T0930 19990103T0830",
        FIRST,
    ),
];

fn instant(text: &str) -> i64 {
    let text = if text.len() == 8 { format!("{text}T0900") } else { text.to_owned() };
    let time = NaiveDateTime::parse_from_str(&text, "%Y%m%dT%H%M").unwrap();
    New_York.from_local_datetime(&time).unwrap().timestamp_millis()
}

#[test]
fn rfc_examples_all() {
    for (title, start, rule, instances, all) in EXAMPLES {
        let start = if start.is_empty() { "19970902T090000" } else { start };
        let text = format!("DTSTART;TZID=America/New_York:{start}\nRRULE:{rule}");
        let schedule = schedule(&text);
        let expected: Vec<i64> = instances.split(' ').map(instant).collect();
        let last = *expected.last().unwrap();
        assert_eq!(starts_until(&schedule, last), expected, "{title}");
        let next = schedule.next_occurrence(crate::time::Timestamp::saturating(last));
        assert_eq!(next.is_none(), *all, "{title}");
    }
}

/// "Everyday in January, for 3 years", in both forms.
#[test]
fn rfc_example_january_three_years() {
    let head = "DTSTART;TZID=America/New_York:19980101T090000\nRRULE:";
    for rule in [
        "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
        "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1",
    ] {
        let expected: Vec<i64> = (1998..=2000)
            .flat_map(|year| (1..=31).map(move |day| instant(&format!("{year}01{day:02}"))))
            .collect();
        let found = starts_until(&schedule(&format!("{head}{rule}")), i64::MAX - 1);
        assert_eq!(found, expected, "{rule}");
    }
}

/// "Daily until December 24, 1997": 113 days, through the end of daylight
/// saving.
#[test]
fn rfc_example_daily_until() {
    let text = "DTSTART;TZID=America/New_York:19970902T090000\n\
                RRULE:FREQ=DAILY;UNTIL=19971224T000000Z";
    let found = starts_until(&schedule(text), i64::MAX - 1);
    assert_eq!(found.len(), 113);
    assert_eq!(found.first(), Some(&instant("19970902")));
    assert_eq!(found.last(), Some(&instant("19971223")));
}

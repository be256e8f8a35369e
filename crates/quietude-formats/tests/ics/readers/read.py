"""read.py FILE FROM TO [ZONE]: the occurrences of a calendar in a range of epoch seconds, as read
by icalendar and recurring-ical-events (with dateutil): lines of window id, start and end. ZONE is
that of floating times."""

import datetime
import sys

import icalendar
import recurring_ical_events

utc = datetime.timezone.utc
path, start, end = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
zone = sys.argv[4] if len(sys.argv) > 4 else "UTC"


def epoch(value):
    if not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    if value.tzinfo is None:
        import zoneinfo

        value = value.replace(tzinfo=zoneinfo.ZoneInfo(zone))
    return int(value.timestamp())


calendar = icalendar.Calendar.from_ical(open(path, "rb").read())
between = [datetime.datetime.fromtimestamp(t, utc) for t in (start, end)]
rows = set()
for event in recurring_ical_events.of(calendar).between(*between):
    if str(event.get("STATUS")) == "CANCELLED":
        continue
    own = str(event.get("X-QUIETUDE-WINDOW-ID") or event.get("UID"))
    rows.add((own, epoch(event["DTSTART"].dt), epoch(event["DTEND"].dt)))
for row in sorted(rows):
    print(*row, sep="\t")

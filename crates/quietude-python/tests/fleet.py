"""Documents and alerts for tests. The same for the same seed; no clock is read."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import quietude

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
ZONES = ["UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata", "Pacific/Apia"]
TEAMS = [f"team-{n}" for n in range(20)]
NAMES = [f"Alert{n}" for n in range(30)]
TYPES = ["BACKUP", "DISK", "PATCH"]
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
YEAR_MS = 366 * 86_400_000
NOW_MS = 1_795_727_700_000


def instant(millis: int) -> datetime:
    """The instant some milliseconds after 1970."""
    return EPOCH + timedelta(milliseconds=millis)


def rfc3339(millis: int) -> str:
    return instant(millis).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def schedule(rng: random.Random) -> dict[str, Any]:
    """A schedule of any kind."""
    start, hours = rng.randrange(24), rng.randint(1, 12)
    clock = f"{start:02}:{rng.randrange(60):02}-{(start + hours) % 24:02}:00"
    zoned = {"clock": clock, "timezone": rng.choice(ZONES)}
    begin = NOW_MS + rng.randint(-YEAR_MS, YEAR_MS)
    kind = rng.choice(["once", "once", "periodic", "daily", "weekly", "monthly"])
    if kind == "once":
        length = rng.randint(1, 90 * 86_400_000)
        end = {"end": rfc3339(begin + length)} if rng.random() < 0.95 else {}
        return {"kind": kind, "start": rfc3339(begin), **end}
    if kind == "periodic":
        period = rng.randint(1_000, 30 * 86_400_000)
        length = rng.randint(1, period)
        return {"kind": kind, "start": rfc3339(begin - 60 * YEAR_MS), "duration_ms": length,
                "period_ms": period}
    if kind == "weekly":
        return {"kind": kind, "weekdays": rng.sample(WEEKDAYS, rng.randint(1, 4)), **zoned}
    if kind == "monthly":
        return {"kind": kind, "day": rng.choice([1, 15, 31, -1]), **zoned}
    return {"kind": kind, **zoned}


def scope(rng: random.Random, entities: int) -> Any:
    """A scope of an entity, a group, labels or alert types."""
    entity = {"entity": f"host-{rng.randrange(entities)}"}
    team = {"attribute": {"name": "team", "equals": rng.choice(TEAMS)}}
    name = {"attribute": {"name": "alertname", "equals": rng.choice(NAMES)}}
    kind = rng.random()
    if kind < 0.70:
        return entity
    if kind < 0.80:
        return {"all": [entity, {"alert_type": rng.choice(TYPES)}]}
    if kind < 0.84:
        return {"all": [{"group": f"group-{rng.randrange(groups(entities))}"}, {"not": entity}]}
    if kind < 0.94:
        return {"all": [entity, name]}
    pattern = {"attribute": {"name": "alertname", "matches": f"Alert{rng.randrange(10)}.?"}}
    return {"all": [team, name if kind < 0.97 else pattern]}


def groups(entities: int) -> int:
    """The number of groups, so that a group has at most 400 entities where there are many."""
    return max(50, entities // 400)


def document(windows: int, entities: int, seed: int) -> str:
    """A document with windows over hosts, which are in groups and racks."""
    rng = random.Random(seed)
    effect = ["notifications", "monitoring"]
    listed = [
        {"id": f"w-{n}", "scope": scope(rng, entities), "schedule": schedule(rng),
         "effect": rng.choice(effect), "state": {"during": rng.randrange(5)}}
        for n in range(windows)
    ]
    hosts = [
        {"id": f"host-{n}", "groups": [f"group-{n % groups(entities)}"],
         "parents": [f"rack-{n % 200}"]}
        for n in range(entities)
    ]
    topology = {"entity_label": "instance", "entities": hosts}
    return json.dumps({"version": 1, "windows": listed, "topology": topology})


def document_of_entities(windows: int, entities: int, seed: int) -> str:
    """A document of which each window covers one host."""
    rng = random.Random(seed)
    listed = [
        {"id": f"w-{n}", "scope": {"entity": f"host-{rng.randrange(entities)}"},
         "schedule": schedule(rng)}
        for n in range(windows)
    ]
    return json.dumps({"version": 1, "windows": listed})


@dataclass
class Alerts:
    """Alerts in rows; a row has ``None`` where its column is null."""

    entity: list[str | None]
    alert_type: list[str | None]
    labels: list[dict[str, str] | None]
    micros: list[int | None]

    def subjects(self) -> list[quietude.Subject | None]:
        """The subject of each row; ``None`` without an entity and labels."""
        return [
            None if entity is None and labels is None
            else quietude.Subject(entity, alert_type=alert_type, labels=labels)
            for entity, alert_type, labels in zip(self.entity, self.alert_type, self.labels)
        ]

    def instants(self) -> list[datetime | None]:
        return [
            None if at is None else EPOCH + timedelta(microseconds=at) for at in self.micros
        ]


def alerts(rows: int, entities: int, seed: int) -> Alerts:
    """Alerts of known and unknown hosts: 5 % nulls in each column, half of them with labels,
    instants in the years 1 to 9999, most of them within a year."""
    rng = random.Random(seed)
    found = Alerts([], [], [], [])
    for _ in range(rows):
        host = f"host-{rng.randrange(entities + entities // 10 + 1)}"
        found.entity.append(None if rng.random() < 0.05 else host)
        found.alert_type.append(rng.choice(TYPES) if rng.random() < 0.5 else None)
        labels = None
        if rng.random() < 0.5:
            labels = {"alertname": rng.choice(NAMES), "team": rng.choice(TEAMS)}
            if rng.random() < 0.5:
                labels["instance"] = host
        found.labels.append(labels)
        share = rng.random()
        if share < 0.05:
            found.micros.append(None)
        elif share < 0.85:
            found.micros.append(NOW_MS * 1_000 + rng.randint(-YEAR_MS, YEAR_MS) * 1_000
                                + rng.randrange(1_000))
        elif share < 0.95:
            # Of the range of nanoseconds: 1678 to 2261.
            found.micros.append(rng.randint(-9_214_560_000_000_000, 9_183_000_000_000_000))
        else:
            found.micros.append(rng.randint(-62_135_596_800_000_000, 253_402_300_799_999_999))
    return found


UNITS = ["s", "ms", "us", "ns"]


def timestamps(micros: list[int | None], unit: str) -> tuple[pa.Array, list[int | None]]:
    """Instants in a unit, rounded down, and in microseconds as that unit has them. Those that
    nanoseconds do not reach are null."""
    if unit == "ns":
        limit = 9_223_000_000_000_000
        kept = [at if at is not None and abs(at) < limit else None for at in micros]
        values = [None if at is None else at * 1_000 + 999 for at in kept]
        return pa.array(values, pa.timestamp("ns", "UTC")), kept
    size = {"s": 1_000_000, "ms": 1_000, "us": 1}[unit]
    counts = [None if at is None else at // size for at in micros]
    back = [None if count is None else count * size for count in counts]
    return pa.array(counts, pa.timestamp(unit, "Europe/Paris")), back


def map_of(labels: Sequence[dict[str, str] | None]) -> pa.Array:
    """Labels as a column of maps."""
    pairs = [None if row is None else list(row.items()) for row in labels]
    return pa.array(pairs, pa.map_(pa.string(), pa.string()))


def struct_of(labels: Sequence[dict[str, str] | None]) -> pa.Array:
    """Labels as a column of structs."""
    names = ["alertname", "instance", "team"]
    return pa.array(labels, pa.struct([(name, pa.string()) for name in names]))

"""Queries over columns: equal to ``Silencer`` row by row, whatever the layout."""

import threading
from typing import Any

import fleet
import pyarrow as pa
import pytest
import quietude
from quietude import Silencer

ENTITIES, WINDOWS, ROWS = 200, 2_000, 6_000


@pytest.fixture(scope="module")
def silencer() -> Silencer:
    return Silencer(fleet.document(WINDOWS, ENTITIES, seed=1))


@pytest.fixture(scope="module")
def alerts() -> fleet.Alerts:
    return fleet.alerts(ROWS, ENTITIES, seed=2)


def expected(silencer: Silencer, subjects: list[quietude.Subject | None],
             micros: list[int | None]) -> dict[str, list[Any]]:
    """The answers of ``Silencer``, row by row."""
    instants = fleet.Alerts([], [], [], micros).instants()
    found: dict[str, list[Any]] = {name: [] for name in ["is_silenced", "by", "until", "effect"]}
    for subject, at in zip(subjects, instants):
        asked = None if subject is None or at is None else (subject, at)
        found["is_silenced"].append(None if asked is None else silencer.is_silenced(*asked))
        found["by"].append(None if asked is None else silencer.silenced_by(*asked))
        found["effect"].append(None if asked is None else silencer.effect(*asked))
        end = None if asked is None else silencer.silenced_until(*asked)
        found["until"].append(None if end is None else {"kind": end.kind, "at": end.at})
    return found


def columns_of(silencer: Silencer, *arguments: Any, **named: Any) -> dict[str, list[Any]]:
    """The answers of all questions over columns, and of that for all of them at once."""
    found = {
        "is_silenced": pa.array(silencer.is_silenced_columns(*arguments, **named)).to_pylist(),
        "by": pa.array(silencer.silenced_by_columns(*arguments, **named)).to_pylist(),
        "until": pa.array(silencer.silenced_until_columns(*arguments, **named)).to_pylist(),
        "effect": pa.array(silencer.effect_columns(*arguments, **named)).to_pylist(),
    }
    answers = pa.array(silencer.answer_columns(*arguments, **named))
    answers.validate(full=True)
    for name in found:
        assert answers.field(name).to_pylist() == found[name], name
    return found


@pytest.mark.parametrize("unit", fleet.UNITS)
def test_rows_equal_silencer(silencer: Silencer, alerts: fleet.Alerts, unit: str) -> None:
    at, micros = fleet.timestamps(alerts.micros, unit)
    entity = pa.array(alerts.entity)
    kinds = pa.array(alerts.alert_type)
    plain = [None if id is None else quietude.Subject(id) for id in alerts.entity]
    typed = [None if id is None else quietude.Subject(id, alert_type=kind)
             for id, kind in zip(alerts.entity, alerts.alert_type)]
    want = expected(silencer, plain, micros)
    assert True in want["is_silenced"] and False in want["is_silenced"]
    assert columns_of(silencer, entity, at) == want
    assert columns_of(silencer, entity, at, alert_type=kinds) == expected(silencer, typed, micros)
    want = expected(silencer, alerts.subjects(), micros)
    labels = fleet.map_of(alerts.labels)
    assert columns_of(silencer, entity, at, alert_type=kinds, labels=labels) == want


def test_layouts_equal(silencer: Silencer, alerts: fleet.Alerts) -> None:
    at, _ = fleet.timestamps(alerts.micros, "us")
    entity = pa.array(alerts.entity)
    want = silencer.is_silenced_columns(entity, at)
    layouts = [pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string()),
               pa.dictionary(pa.int16(), pa.large_string()),
               pa.dictionary(pa.uint64(), pa.string())]
    for layout in layouts:
        column = entity.dictionary_encode().cast(layout) if pa.types.is_dictionary(layout) else (
            entity.cast(layout))
        assert column.type == layout
        assert pa.array(silencer.is_silenced_columns(column, at)) == pa.array(want), layout


def test_labels_layouts_equal(silencer: Silencer, alerts: fleet.Alerts) -> None:
    at, _ = fleet.timestamps(alerts.micros, "ms")
    entity = pa.array(alerts.entity)
    labels = [row or {} for row in alerts.labels]
    want = pa.array(silencer.answer_columns(entity, at, labels=fleet.map_of(labels)))
    pairs = [[{"key": key, "value": value} for key, value in row.items()] for row in labels]
    pair = pa.struct([("key", pa.string()), ("value", pa.string())])
    structs = fleet.struct_of(labels)
    fields = {name: structs.field(name) for name in ["team", "instance", "alertname"]}
    fields["team"] = fields["team"].dictionary_encode()
    table = pa.table(fields)
    for given in [structs, pa.array(pairs, pa.list_(pair)), pa.array(pairs, pa.large_list(pair)),
                  fields, table]:
        assert pa.array(silencer.answer_columns(entity, at, labels=given)) == want


def test_chunks_and_slices_equal(silencer: Silencer, alerts: fleet.Alerts) -> None:
    at, _ = fleet.timestamps(alerts.micros, "us")
    entity, kinds = pa.array(alerts.entity), pa.array(alerts.alert_type)
    labels = fleet.map_of(alerts.labels)
    want = pa.array(silencer.answer_columns(entity, at, alert_type=kinds, labels=labels))

    def chunked(column: pa.Array, size: int) -> pa.ChunkedArray:
        chunks = [column.slice(first, size) for first in range(0, len(column), size)]
        return pa.chunked_array([column.slice(0, 0), *chunks])

    for threads in [1, 3]:
        got = silencer.answer_columns(
            chunked(entity, 999), chunked(at, 1_234), alert_type=chunked(kinds, 17),
            labels=chunked(labels, 2_500), threads=threads)
        assert pa.array(got) == want
    part = silencer.answer_columns(
        entity.slice(7, 500), at.slice(7, 500), alert_type=kinds.slice(7, 500),
        labels=labels.slice(7, 500))
    assert pa.array(part) == want.slice(7, 500)


def test_threads_equal(silencer: Silencer) -> None:
    alerts = fleet.alerts(40_000, ENTITIES, seed=3)
    at, _ = fleet.timestamps(alerts.micros, "ns")
    entity = pa.array(alerts.entity)
    want = pa.array(silencer.silenced_by_columns(entity, at))
    for threads in [2, 5, 256]:
        assert pa.array(silencer.silenced_by_columns(entity, at, threads=threads)) == want
    found: list[bool] = []

    def ask() -> None:
        found.append(pa.array(silencer.silenced_by_columns(entity, at, threads=2)) == want)

    threads_of_python = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads_of_python:
        thread.start()
    for thread in threads_of_python:
        thread.join()
    assert found == [True] * 4


def test_gil_released(silencer: Silencer) -> None:
    """A thread of Python goes on while a query over columns runs."""
    rows = 3_000_000
    at = pa.array([fleet.NOW_MS] * rows, pa.timestamp("ms", "UTC"))
    entity = pa.array(["host-1"]).take(pa.array([0] * rows))
    counted, stop = [0], threading.Event()

    def count() -> None:
        while not stop.wait(0.0005):
            counted[0] += 1

    thread = threading.Thread(target=count)
    thread.start()
    before = counted[0]
    silencer.silenced_by_columns(entity, at)
    during = counted[0] - before
    stop.set()
    thread.join()
    assert during >= 20, during


def test_nulls_without_type(silencer: Silencer) -> None:
    at = pa.array([fleet.NOW_MS] * 2, pa.timestamp("ms", "UTC"))
    nulls = pa.nulls(2)
    assert pa.array(silencer.is_silenced_columns(nulls, at)).to_pylist() == [None, None]
    ids = pa.array(["host-1"] * 2)
    assert pa.array(silencer.is_silenced_columns(ids, nulls)).to_pylist() == [None, None]
    both = silencer.answer_columns(ids, at, alert_type=nulls, labels=nulls)
    assert pa.array(both) == pa.array(silencer.answer_columns(ids, at))
    assert len(both) == 2 and both.null_count == 0 and "2 rows" in repr(both)


def test_empty_columns(silencer: Silencer) -> None:
    at = pa.array([], pa.timestamp("ms", "UTC"))
    for column in [pa.array([], pa.string()), pa.chunked_array([], pa.string()),
                   pa.array([], pa.string()).dictionary_encode()]:
        assert len(silencer.answer_columns(column, at, threads=4)) == 0
    assert len(silencer.is_silenced_columns(None, at, labels={})) == 0


def test_naive_as_utc(silencer: Silencer, alerts: fleet.Alerts) -> None:
    at, _ = fleet.timestamps(alerts.micros, "us")
    entity = pa.array(alerts.entity)
    want = pa.array(silencer.is_silenced_columns(entity, at))
    naive = at.cast(pa.timestamp("us"))
    assert pa.array(silencer.is_silenced_columns(entity, naive, naive_as_utc=True)) == want
    with pytest.raises(quietude.ColumnError, match="no time zone"):
        silencer.is_silenced_columns(entity, naive)
    for zone in ["+02:00", "-0930", "UTC", "GMT+1", "Etc/GMT+1", "Z"]:
        zoned = at.view(pa.timestamp("us", zone))
        assert pa.array(silencer.is_silenced_columns(entity, zoned)) == want

"""Bad input of columns: an exception that names the column and the row; never a panic."""

import copy
import pickle
from typing import Any

import pyarrow as pa
import pytest
import quietude
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from quietude import ColumnError, InternalError, Silencer
from quietude._native import _panic_for_tests

SILENCER = Silencer("""{ "version": 1, "windows": [ { "id": "w", "scope": { "entity": "db-7" },
    "schedule": { "kind": "daily", "clock": "22:00-02:00", "timezone": "UTC" } } ],
    "topology": { "entity_label": "instance" } }""")
AT = pa.array([0, 1], pa.timestamp("ms", "UTC"))
IDS = pa.array(["db-7", "db-8"])


def refused(column: str, row: int | None, text: str, *arguments: Any, **named: Any) -> None:
    """Every question is refused, with the column, the row and the text."""
    for question in ["is_silenced", "silenced_by", "silenced_until", "effect", "answer"]:
        with pytest.raises(ColumnError, match=text) as caught:
            getattr(SILENCER, f"{question}_columns")(*arguments, **named)
        error = caught.value
        assert (error.column, error.row) == (column, row), str(error)
        assert str(error).startswith(column if row is None else f"{column}[{row}]: ")
        assert str(pickle.loads(pickle.dumps(error))) == str(error)
        assert copy.copy(error).row == row


def test_wrong_types() -> None:
    refused("entity", None, "Int64 is not a type of strings", pa.array([1, 2]), AT)
    refused("entity", None, "Binary", pa.array([b"a", b"b"]), AT)
    refused("entity", None, "List", pa.array([["a"], ["b"]]), AT)
    refused("alert_type", None, "Boolean", IDS, AT, alert_type=pa.array([True, False]))
    refused("at", None, "Int64 is not a type of timestamps", IDS, pa.array([1, 2]))
    refused("at", None, "Date32", IDS, pa.array([1, 2], pa.date32()))
    refused("at", None, "Utf8", IDS, pa.array(["2026-01-01T00:00:00Z"] * 2))
    refused("labels", None, "Utf8 is not a type of labels", IDS, AT, labels=IDS)
    refused("labels", None, "List", IDS, AT, labels=pa.array([["a"], ["b"]]))
    refused("labels.x", None, "Int64", IDS, AT, labels=pa.array([{"x": 1}, {"x": 2}]))
    refused("labels.value", None, "Int64", IDS, AT,
            labels=pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int64())))
    refused("labels.team", None, "Double|Float64", IDS, AT, labels={"team": pa.array([1.0, 2.0])})


def test_wrong_lengths() -> None:
    refused("entity", None, "1 rows are not 2, as the instants are", IDS.slice(1), AT)
    refused("alert_type", None, "3 rows", IDS, AT, alert_type=pa.array(["a"] * 3))
    refused("labels", None, "1 rows", IDS, AT, labels=pa.array([{"x": "1"}]))
    refused("labels.team", None, "1 rows", IDS, AT, labels={"team": pa.array(["a"])})
    refused("entity", None, "3 rows", pa.chunked_array([["a"], ["b", "c"]]), AT)


def test_wrong_zones() -> None:
    refused("at", None, "no time zone", IDS, pa.array([0, 1], pa.timestamp("us")))
    refused("at", None, "Mars/Olympus", IDS, pa.array([0, 1], pa.timestamp("us", "Mars/Olympus")))


@pytest.mark.parametrize("threads", [1, 2])
def test_instant_out_of_range(threads: int) -> None:
    for unit, value in [("s", 253_402_300_800), ("s", 2**62), ("ms", -62_135_596_800_001),
                        ("us", -(2**63)), ("s", -(2**63) + 1), ("ms", 2**63 - 1)]:
        at = pa.array([0, value], pa.timestamp(unit, "UTC"))
        refused("at", 1, f"{value} {unit} since 1970 is not in the years 1 to 9999", IDS, at,
                threads=threads)
        # In another chunk, and behind a slice.
        chunks = pa.chunked_array([at.slice(0, 1), at.slice(1, 1)])
        refused("at", 1, str(value), IDS, chunks, threads=threads)
        refused("at", 0, str(value), IDS.slice(1), at.slice(1), threads=threads)
    many = pa.array([0] * 20_000 + [2**62] * 20_000, pa.timestamp("s", "UTC"))
    refused("at", 20_000, "years", pa.array(["x"] * 40_000), many, threads=threads)


def test_name_of_label_null() -> None:
    pair = pa.struct([("key", pa.string()), ("value", pa.string())])
    rows = [[{"key": "a", "value": "b"}], [{"key": None, "value": "b"}]]
    refused("labels", 1, "the name of a label is null", IDS, AT, labels=pa.array(rows, pa.list_(pair)))


def test_text_not_utf8() -> None:
    bad = pa.Array.from_buffers(pa.string(), 2, pa.array([b"\xff\xfe", b"ok"]).buffers())
    refused("entity", None, "(?i)utf.?8", bad, AT)


def test_broken_offsets() -> None:
    offsets = pa.py_buffer(bytes([0, 0, 0, 0, 9, 0, 0, 0, 2, 0, 0, 0]))
    bad = pa.Array.from_buffers(pa.string(), 2, [None, offsets, pa.py_buffer(b"abcdefghi")])
    refused("entity", None, "(?i)offset", bad, AT)
    keys = pa.array([0, 7], pa.int8())
    broken = pa.DictionaryArray.from_arrays(keys, pa.array(["a"]), safe=False)
    refused("entity", None, "(?i)dictionary|key|value", broken, AT)


def test_not_a_column() -> None:
    for given_ in [["db-7", "db-8"], 7, object()]:
        with pytest.raises(TypeError, match="entity: .* is not an Arrow column"):
            SILENCER.is_silenced_columns(given_, AT)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="entity: a str is not a column"):
        SILENCER.is_silenced_columns("db-7", AT)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="at: NoneType is not an Arrow column"):
        SILENCER.is_silenced_columns(IDS, None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="labels: the name 7 is not a str"):
        SILENCER.is_silenced_columns(IDS, AT, labels={7: IDS})  # type: ignore[arg-type]
    with pytest.raises(ColumnError, match="labels is needed"):
        SILENCER.is_silenced_columns(None, AT)
    for threads in [0, 257]:
        with pytest.raises(quietude.QuietudeError, match="threads: .* is not in 1..=256"):
            SILENCER.is_silenced_columns(IDS, AT, threads=threads)
    with pytest.raises(OverflowError):
        SILENCER.is_silenced_columns(IDS, AT, threads=-1)


class Fake:
    """An object whose interface is wrong."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __arrow_c_array__(self, requested_schema: object = None) -> Any:
        return self.array() if callable(self.array) else self.array


def test_wrong_interface() -> None:
    def fails() -> None:
        raise KeyError("no data")

    schema, array = IDS.__arrow_c_array__()
    for given_ in [None, 7, (1, 2), (schema,), (array, schema), (schema, schema)]:
        with pytest.raises((TypeError, ValueError)):
            SILENCER.is_silenced_columns(Fake(given_), AT)
    with pytest.raises(KeyError, match="no data"):
        SILENCER.is_silenced_columns(Fake(fails), AT)
    # Capsules can be used once.
    once = Fake(IDS.__arrow_c_array__())
    assert len(SILENCER.is_silenced_columns(once, AT)) == 2
    with pytest.raises(ColumnError, match="released already"):
        SILENCER.is_silenced_columns(once, AT)


def test_panic_is_exception() -> None:
    for in_thread, text in [(False, "a panic in a method"), (True, "a panic in a thread")]:
        with pytest.raises(InternalError, match=text):
            _panic_for_tests(in_thread)
    # The interpreter and the package go on.
    assert len(SILENCER.is_silenced_columns(IDS, AT)) == 2


TYPES = [pa.string(), pa.large_string(), pa.string_view(), pa.int32(), pa.bool_(), pa.null(),
         pa.binary(), pa.timestamp("s", "UTC"), pa.timestamp("ns", "UTC"), pa.timestamp("us"),
         pa.date64(), pa.list_(pa.string()), pa.map_(pa.string(), pa.string()),
         pa.struct([("instance", pa.string())]), pa.struct([("x", pa.int8())]), pa.struct([]),
         pa.dictionary(pa.int8(), pa.string()), pa.decimal128(5), pa.float64(),
         pa.run_end_encoded(pa.int32(), pa.string()), pa.list_(pa.string(), 2),
         pa.timestamp("us", "Nowhere"), pa.duration("s"), pa.list_view(pa.string())]


@st.composite
def columns(draw: st.DrawFn) -> Any:
    """A column of any type and length up to 5: nulls, and a part of another one."""
    type_ = draw(st.sampled_from(TYPES))
    rows = draw(st.integers(0, 5))
    column: Any = pa.nulls(rows, type_)
    if pa.types.is_timestamp(type_):
        values = draw(st.lists(st.integers(-(2**63) + 1, 2**63 - 1), min_size=rows, max_size=rows))
        column = pa.array(values, pa.int64()).cast(type_)
    elif pa.types.is_string(type_):
        column = pa.array(draw(st.lists(st.text(max_size=5), min_size=rows, max_size=rows)), type_)
    if draw(st.booleans()):
        column = pa.chunked_array([column, column.slice(rows // 2)])
    return column


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(columns(), columns(), st.none() | columns(), st.none() | columns(), st.integers(1, 3))
def test_any_columns_never_panic(entity: Any, at: Any, alert_type: Any, labels: Any,
                                 threads: int) -> None:
    """The result has the length of the instants, or the error names a column."""
    names = {"entity", "at", "alert_type", "labels"}
    for question in ["is_silenced_columns", "answer_columns"]:
        try:
            answers = getattr(SILENCER, question)(
                entity, at, alert_type=alert_type, labels=labels, naive_as_utc=True,
                threads=threads)
        except ColumnError as error:
            assert error.column.split(".")[0] in names
        else:
            assert len(answers) == len(at)
            pa.array(answers).validate(full=True)

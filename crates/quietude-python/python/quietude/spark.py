"""Answers for the rows of Spark's DataFrames.

>>> from quietude.spark import with_answers              # doctest: +SKIP
>>> alerts = spark.read.parquet("alerts")                # doctest: +SKIP
>>> answered = with_answers(alerts, document, entity="host", at="fired_at")  # doctest: +SKIP

The document is broadcast once. Each Python worker process compiles it once, and keeps it for all
tasks of all queries (``spark.python.worker.reuse``, which is on by default). Needs pyspark with its
pyarrow and pandas, and this package on every worker.
"""

import os
import resource
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, TypedDict

import pyarrow as pa
from pyspark import Accumulator, AccumulatorParam
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from quietude._native import Column, Document, Silencer

__all__ = ["ANSWERS", "Usage", "usage", "with_answers"]

_INSTANT = pa.timestamp("us", "UTC")
_END = StructType([StructField("kind", StringType()), StructField("at", TimestampType())])

# For each answer: the type of Spark, that of Arrow, and the method.
_METHODS: dict[str, tuple[DataType, pa.DataType, Callable[..., Column]]] = {
    "is_silenced": (BooleanType(), pa.bool_(), Silencer.is_silenced_columns),
    "silenced_by": (ArrayType(StringType()), pa.list_(pa.string()), Silencer.silenced_by_columns),
    "silenced_until": (
        _END,
        pa.struct([("kind", pa.string()), ("at", _INSTANT)]),
        Silencer.silenced_until_columns,
    ),
    "effect": (StringType(), pa.string(), Silencer.effect_columns),
}

ANSWERS = tuple(_METHODS)
"""The names of the answers, which are the names of the columns that ``with_answers`` adds."""


class Usage(TypedDict):
    """What one Python worker process did.

    Attributes:
        compiled: How often it compiled the document.
        rows: The number of rows that it answered.
        cpu_seconds: The processor time of these answers, without what Spark needs for the rows.
        peak_kib: The greatest resident memory of the process so far, in KiB.
    """

    compiled: int
    rows: int
    cpu_seconds: float
    peak_kib: int


class _UsageParam(AccumulatorParam[dict[str, Usage]]):  # type: ignore[misc]
    def zero(self, value: dict[str, Usage]) -> dict[str, Usage]:
        return {}

    def addInPlace(
        self, value1: dict[str, Usage], value2: dict[str, Usage]
    ) -> dict[str, Usage]:
        for process, other in value2.items():
            known = value1.get(process)
            if known is None:
                value1[process] = dict(other)  # type: ignore[assignment]
                continue
            known["compiled"] = max(known["compiled"], other["compiled"])
            known["rows"] += other["rows"]
            known["cpu_seconds"] += other["cpu_seconds"]
            known["peak_kib"] = max(known["peak_kib"], other["peak_kib"])
        return value1


def usage(spark: SparkSession) -> "Accumulator[dict[str, Usage]]":
    """An accumulator for ``with_answers``: its ``value`` has the ``Usage`` of each Python worker
    process, by host and process id. Rows of tasks that Spark repeats count each time."""
    zero: dict[str, Usage] = {}
    return spark.sparkContext.accumulator(zero, _UsageParam())


def with_answers(
    dataframe: DataFrame,
    document: Document | str,
    *,
    entity: str | None = "entity",
    at: str = "at",
    alert_type: str | None = None,
    labels: str | Sequence[str] | Mapping[str, str] | None = None,
    answers: Iterable[str] = ("is_silenced",),
    naive_as_utc: bool = False,
    usage: "Accumulator[dict[str, Usage]] | None" = None,
) -> DataFrame:
    """The DataFrame with a column for each answer.

    Args:
        dataframe: The rows.
        document: The document, or its JSON text. It is checked here, before any row is read.
        entity: The name of the column of entities (strings), or None.
        at: The name of the column of instants (timestamps).
        alert_type: The name of the column of alert types (strings).
        labels: The name of a column of labels (maps or structs of strings), or the names of
            columns of strings that are labels, or a mapping of labels to such columns.
        answers: Which columns to add; names of ``ANSWERS``.
        naive_as_utc: Whether timestamps without a time zone (``TIMESTAMP_NTZ``) are in UTC.
        usage: Collects what each Python worker process did; see ``usage``.

    Returns:
        A DataFrame with the columns of ``dataframe``, and then the answers. It is lazy.

    Raises:
        QuietudeError: If the text is not a document.
        ValueError: If a column does not exist, or one of that name exists already, or there is
            no such answer.
    """
    text = document if isinstance(document, str) else document.to_json()
    if isinstance(document, str):
        Document(text)
    columns = _Columns(entity, at, alert_type, labels, naive_as_utc)
    answers = list(answers)
    for name in columns.names():
        if name not in dataframe.columns:
            raise ValueError(f"no column {name!r} in {dataframe.columns}")
    for answer in answers:
        if answer not in _METHODS:
            raise ValueError(f"no answer {answer!r}; the answers are {list(ANSWERS)}")
        if answer in dataframe.columns:
            raise ValueError(f"the DataFrame has a column {answer!r} already")

    broadcast = dataframe.sparkSession.sparkContext.broadcast(text)
    digest = sha256(text.encode()).hexdigest()
    fields = [StructField(answer, _METHODS[answer][0]) for answer in answers]
    schema = StructType([*dataframe.schema.fields, *fields])

    def answer_batches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            # The first time in a process this compiles the document.
            silencer = _compiled(digest, lambda: broadcast.value)
            begun = time.thread_time()
            answered = columns.answer(silencer, batch, answers)
            if usage is not None:
                usage.add(_used(digest, batch.num_rows, time.thread_time() - begun))
            yield answered

    return dataframe.mapInArrow(answer_batches, schema)


class _Columns:
    """The names of the columns of a query."""

    def __init__(
        self,
        entity: str | None,
        at: str,
        alert_type: str | None,
        labels: str | Sequence[str] | Mapping[str, str] | None,
        naive_as_utc: bool,
    ) -> None:
        self.entity, self.at, self.alert_type = entity, at, alert_type
        self.labels: str | dict[str, str] | None
        if labels is None or isinstance(labels, str):
            self.labels = labels
        elif isinstance(labels, Mapping):
            self.labels = dict(labels)
        else:
            self.labels = {name: name for name in labels}
        self.naive_as_utc = naive_as_utc

    def names(self) -> list[str]:
        of_labels = [self.labels] if isinstance(self.labels, str) else [*(self.labels or {}).values()]
        return [name for name in [self.entity, self.at, self.alert_type, *of_labels] if name]

    def answer(
        self, silencer: Silencer, batch: pa.RecordBatch, answers: list[str]
    ) -> pa.RecordBatch:
        def column(name: str | None) -> Any:
            return None if name is None else batch.column(name)

        labels: Any = None
        if isinstance(self.labels, str):
            labels = column(self.labels)
        elif self.labels is not None:
            labels = {label: column(name) for label, name in self.labels.items()}
        columns, names = list(batch.columns), list(batch.schema.names)
        for answer in answers:
            _, data_type, method = _METHODS[answer]
            answered = method(
                silencer,
                column(self.entity),
                column(self.at),
                alert_type=column(self.alert_type),
                labels=labels,
                naive_as_utc=self.naive_as_utc,
            )
            columns.append(pa.array(answered).cast(data_type))
            names.append(answer)
        return pa.RecordBatch.from_arrays(columns, names)


_MAX_COMPILED = 4
"""How many documents a process keeps; that which was used the longest ago is dropped."""

_silencers: OrderedDict[str, Silencer] = OrderedDict()
_compilations: dict[tuple[int, str], int] = {}
_lock = threading.Lock()


def _compiled(digest: str, text: Callable[[], str]) -> Silencer:
    """The compiled document, of which ``digest`` is the SHA-256."""
    with _lock:
        silencer = _silencers.get(digest)
        if silencer is None:
            silencer = Silencer(text())
            _silencers[digest] = silencer
            count = _compilations.get((os.getpid(), digest), 0)
            _compilations[os.getpid(), digest] = count + 1
            if len(_silencers) > _MAX_COMPILED:
                _silencers.popitem(last=False)
        _silencers.move_to_end(digest)
        return silencer


def _used(digest: str, rows: int, cpu_seconds: float) -> dict[str, Usage]:
    return {
        f"{socket.gethostname()}:{os.getpid()}": {
            "compiled": _compilations.get((os.getpid(), digest), 0),
            "rows": rows,
            "cpu_seconds": cpu_seconds,
            "peak_kib": _peak_kib(),
        }
    }


def _peak_kib() -> int:
    # The maximum of `getrusage` may be that of the process that started this one.
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:
            lines = [line.split() for line in status if line.startswith("VmHWM:")]
        return int(lines[0][1])
    except (OSError, IndexError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

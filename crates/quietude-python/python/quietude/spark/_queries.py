"""A query as a Python worker process receives it: the document, the columns, and the answers."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Generic, TypeVar

import pyarrow as pa
from pyspark import Accumulator, Broadcast
from pyspark.sql import SparkSession
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
from quietude.spark._processes import Usage, compiled, used

_INSTANT = pa.timestamp("us", "UTC")
_END = StructType([StructField("kind", StringType()), StructField("at", TimestampType())])

# For each answer: the type of Spark, that of Arrow, the method for it alone, and its field among
# all answers.
_METHODS: dict[str, tuple[DataType, pa.DataType, Callable[..., Column], str]] = {
    "is_silenced": (BooleanType(), pa.bool_(), Silencer.is_silenced_columns, "is_silenced"),
    "silenced_by": (
        ArrayType(StringType()),
        pa.list_(pa.string()),
        Silencer.silenced_by_columns,
        "by",
    ),
    "silenced_until": (
        _END,
        pa.struct([("kind", pa.string()), ("at", _INSTANT)]),
        Silencer.silenced_until_columns,
        "until",
    ),
    "effect": (StringType(), pa.string(), Silencer.effect_columns, "effect"),
}

ANSWERS = tuple(_METHODS)
"""The names of the answers, which are the names of their columns."""


def checked_answers(answers: Iterable[str]) -> list[str]:
    """The names of the answers as a list.

    Raises:
        ValueError: If there is no such answer.
    """
    answers = list(answers)
    for answer in answers:
        if answer not in _METHODS:
            raise ValueError(f"no answer {answer!r}; the answers are {list(ANSWERS)}")
    return answers


def answer_fields(answers: Sequence[str]) -> list[StructField]:
    """The fields of the answers in a schema of Spark."""
    return [StructField(answer, _METHODS[answer][0]) for answer in answers]


Of = TypeVar("Of")
"""What stands for a column: a name, or an array."""


class Columns(Generic[Of]):
    """The columns of a query, or their names.

    Attributes:
        labels: A column of labels, or a column for each label; ``None`` for no labels.
    """

    def __init__(
        self,
        entity: Of | None,
        at: Of,
        alert_type: Of | None,
        labels: "Of | Sequence[Of] | Mapping[str, Of] | None",
        naive_as_utc: bool,
    ) -> None:
        self.entity, self.at, self.alert_type = entity, at, alert_type
        self.labels: Of | dict[str, Of] | None
        if isinstance(labels, Mapping):
            self.labels = dict(labels)
        elif isinstance(labels, Sequence) and not isinstance(labels, str):
            # Columns that are labels have the names of the labels.
            self.labels = {str(name): name for name in labels}
        else:
            self.labels = labels
        self.naive_as_utc = naive_as_utc

    def all(self) -> list[Of]:
        """The columns, in the order in which ``map`` visits them."""
        labels = self.labels
        of_labels = list(labels.values()) if isinstance(labels, dict) else [labels]
        given = [self.entity, self.at, self.alert_type, *of_labels]
        return [column for column in given if column is not None]

    def map(self, column: "Callable[[Of], Any]") -> "Columns[Any]":
        """The same columns as something else."""
        entity = None if self.entity is None else column(self.entity)
        at = column(self.at)
        alert_type = None if self.alert_type is None else column(self.alert_type)
        labels: Any = self.labels
        if isinstance(labels, dict):
            labels = {label: column(of) for label, of in labels.items()}
        elif labels is not None:
            labels = column(labels)
        return Columns(entity, at, alert_type, labels, self.naive_as_utc)

    def ask(self, silencer: Silencer, method: Callable[..., Column]) -> pa.Array:
        """The answers of a method, if these are arrays."""
        answered = method(
            silencer,
            self.entity,
            self.at,
            alert_type=self.alert_type,
            labels=self.labels,
            naive_as_utc=self.naive_as_utc,
        )
        return pa.array(answered)


class Query:
    """A document and the names of columns, as they are sent to the workers."""

    def __init__(
        self,
        spark: SparkSession,
        document: Document | str,
        columns: Columns[Any],
        usage: "Accumulator[dict[str, Usage]] | None",
    ) -> None:
        if isinstance(document, str):
            document = Document(document)
        self.columns, self.usage = columns, usage
        self.digest = sha256(document.to_json(compact=True).encode()).hexdigest()
        self.document: Broadcast[Document] = spark.sparkContext.broadcast(document)

    def answer(self, columns: Columns[pa.Array], answers: Sequence[str]) -> list[pa.Array]:
        """The answers for arrays of one batch, in a worker process. The first time in a process
        this compiles the document."""
        silencer = compiled(self.digest, lambda: self.document.value)
        begun = time.thread_time()
        found: list[pa.Array]
        if len(answers) > 1 and "silenced_until" in answers:
            # The ends cost far more than the rest, which comes with them. Without them, two or
            # three questions cost less than all answers.
            every = columns.ask(silencer, Silencer.answer_columns)
            found = [every.field(_METHODS[answer][3]) for answer in answers]
        else:
            found = [columns.ask(silencer, _METHODS[answer][2]) for answer in answers]
        found = [of.cast(_METHODS[answer][1]) for answer, of in zip(answers, found)]
        if self.usage is not None:
            self.usage.add(used(self.digest, len(columns.at), time.thread_time() - begun))
        return found

"""Answers for the rows of DataFrames."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
from pyspark import Accumulator
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, StructType

from quietude._native import Document
from quietude.spark._processes import Usage
from quietude.spark._queries import Columns, Query, answer_fields, checked_answers


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

    All columns of the DataFrame go to Python and back (``mapInArrow``). Where only
    ``is_silenced`` is needed, the function of that name moves less.

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
    columns = Columns(entity, at, alert_type, labels, naive_as_utc)
    wanted = checked_answers(answers)
    for name in columns.all():
        if name not in dataframe.columns:
            raise ValueError(f"no column {name!r} in {dataframe.columns}")
    for answer in wanted:
        if answer in dataframe.columns:
            raise ValueError(f"the DataFrame has a column {answer!r} already")
    query = Query(dataframe.sparkSession, document, columns, usage)
    schema = StructType([*dataframe.schema.fields, *answer_fields(wanted)])

    def answer_batches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            found = query.answer(query.columns.map(batch.column), wanted)
            names = [*batch.schema.names, *wanted]
            yield pa.RecordBatch.from_arrays([*batch.columns, *found], names)

    return dataframe.mapInArrow(answer_batches, schema)


def is_silenced(
    document: Document | str,
    entity: Column | str | None,
    at: Column | str,
    *,
    alert_type: Column | str | None = None,
    labels: Column | str | Sequence[str] | Mapping[str, Column | str] | None = None,
    naive_as_utc: bool = False,
    usage: "Accumulator[dict[str, Usage]] | None" = None,
) -> Column:
    """Whether each row is silenced, as a column for ``filter``, ``select``, ``groupBy`` and others.

    Only the arguments go to Python, and a boolean comes back (an Arrow UDF, of pyspark 4.1 or
    later); Spark reads no column that the query does not need. The document is broadcast by
    this call; the column can be used in several queries and DataFrames that have columns of
    these names.

    Args:
        document: The document, or its JSON text. It is checked here.
        entity: The column of entities (strings) or its name, or None.
        at: The column of instants (timestamps) or its name.
        alert_type: The column of alert types (strings) or its name.
        labels: A column of labels (maps or structs of strings) or its name, or the names of
            columns of strings that are labels, or a mapping of labels to such columns.
        naive_as_utc: Whether timestamps without a time zone (``TIMESTAMP_NTZ``) are in UTC.
        usage: Collects what each Python worker process did; see ``usage``.

    Returns:
        A column of booleans; null if the instant is null, or without an entity and labels.

    Raises:
        QuietudeError: If the text is not a document.
        RuntimeError: If there is no active session, or pyspark is older than 4.1.
    """
    arrow_udf: Callable[..., Any] | None = getattr(F, "arrow_udf", None)
    if arrow_udf is None:
        raise RuntimeError("is_silenced needs pyspark 4.1 or later; use with_answers")
    spark = SparkSession.getActiveSession()
    if spark is None:
        raise RuntimeError("there is no active session of Spark")
    columns: Columns[Any] = Columns(entity, at, alert_type, labels, naive_as_utc)
    given = columns.all()
    positions = iter(range(len(given)))
    query = Query(spark, document, columns.map(lambda _: next(positions)), usage)

    def answer(*arrays: pa.Array) -> pa.Array:
        (found,) = query.answer(query.columns.map(lambda position: arrays[position]), ["is_silenced"])
        return found

    # By the type hints, it is a function of arrays.
    column: Column = arrow_udf(answer, BooleanType())(*given)
    return column

"""Answers for the rows of Parquet files, which the Python worker processes read."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs
from pyspark import Accumulator, Broadcast
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DateType, LongType, StringType, StructField, StructType

from quietude._errors import ColumnError
from quietude._native import Document
from quietude.spark._parquet import (
    Batch,
    File,
    Split,
    check_columns,
    list_files,
    month,
    parts_of,
    read_part,
)
from quietude.spark._processes import Usage
from quietude.spark._queries import Columns, Query, answer_fields, checked_answers
from quietude.spark._schemas import passed_columns


def answer_parquet(
    spark: SparkSession,
    paths: "str | os.PathLike[str] | Iterable[str | os.PathLike[str]]",
    document: Document | str,
    *,
    entity: str | None = "entity",
    at: str = "at",
    alert_type: str | None = None,
    labels: str | Sequence[str] | Mapping[str, str] | None = None,
    columns: Iterable[str] | None = None,
    answers: Iterable[str] = ("is_silenced",),
    silenced_only: bool = False,
    naive_as_utc: bool = False,
    filesystem: pa.fs.FileSystem | None = None,
    usage: "Accumulator[dict[str, Usage]] | None" = None,
) -> DataFrame:
    """Rows of Parquet files with their answers. The Python worker processes read the files through
    pyarrow, so that only ``columns`` and the answers go to Spark.

    Folders are read with all that is in them, without names that begin with ``_`` or ``.``. Names of
    folders such as ``year=2026`` are not columns. Footers are read by this call. A task reads row
    groups of 16 to 64 MiB together; the files must not change before the last query.

    Args:
        spark: The session, which is not one of Spark Connect.
        paths: Files and folders: paths, or URIs that ``pyarrow.fs.FileSystem.from_uri`` takes
            (``s3://``, ``gs://``, ``abfs://``, ``hdfs://``). Every worker must have access. The
            credentials are those that pyarrow finds, not those of Spark's configuration.
        document: The document, or its JSON text. It is checked here, before any row is read.
        entity: The name of the column of entities (strings), or None.
        at: The name of the column of instants (timestamps).
        alert_type: The name of the column of alert types (strings).
        labels: The name of a column of labels (maps or structs of strings), or the names of
            columns of strings that are labels, or a mapping of labels to such columns.
        columns: The columns to pass on to Spark; all of them if it is None.
        answers: Which answers to add; names of ``ANSWERS``.
        silenced_only: Whether rows that are not silenced are left out, before they go to Spark.
        naive_as_utc: Whether timestamps without a time zone are in UTC.
        filesystem: The file system of the paths, with credentials of your choice; it is sent to
            the workers.
        usage: Collects what each Python worker process did; see ``usage``.

    Returns:
        A DataFrame with ``columns``, and then the answers. It is lazy.

    Raises:
        QuietudeError: If the text is not a document.
        ColumnError: If a column of the query has a wrong type in one of the files.
        ValueError: If a file is not Parquet, has no such column, or one of another type than
            the first file; if a column has no type in Spark or the name of an answer; if
            there is no such answer.
        OSError: If a file does not exist or cannot be read.
    """
    wanted = checked_answers(answers)
    names = Columns(entity, at, alert_type, labels, naive_as_utc)
    files = list_files(paths, filesystem)
    given = files[0].schema.names if columns is None else list(columns)
    check_columns(files, names, given)
    for answer in wanted:
        if answer in given:
            raise ValueError(f"the files have a column {answer!r}; leave it out of columns")
    passed = passed_columns(files[0].schema, given)
    asked = wanted
    if silenced_only and "is_silenced" not in wanted:
        asked = ["is_silenced", *wanted]

    def rows(answered: _Answered) -> Iterator[pa.RecordBatch]:
        for batch, found in answered:
            taken = [of.convert(batch.rows.column(of.field.name)) for of in passed]
            made = pa.RecordBatch.from_arrays([*taken, *found], [*given, *asked])
            if silenced_only:
                made = made.filter(made.column("is_silenced"))
            yield made.select([*given, *wanted])

    schema = StructType([*[of.field for of in passed], *answer_fields(wanted)])
    query = Query(spark, document, names, usage)
    return _map_parts(spark, query, files, given, asked, rows, schema)


def count_parquet(
    spark: SparkSession,
    paths: "str | os.PathLike[str] | Iterable[str | os.PathLike[str]]",
    document: Document | str,
    *,
    by: Iterable[str] = ("is_silenced",),
    entity: str | None = "entity",
    at: str = "at",
    alert_type: str | None = None,
    labels: str | Sequence[str] | Mapping[str, str] | None = None,
    naive_as_utc: bool = False,
    filesystem: pa.fs.FileSystem | None = None,
    usage: "Accumulator[dict[str, Usage]] | None" = None,
) -> DataFrame:
    """The number of rows of Parquet files by their answers and other columns. The Python worker
    processes read and count, so that only counts go to Spark: the least processor time of all
    functions of this module.

    Files and columns are those of ``answer_parquet``.

    Args:
        spark: The session, which is not one of Spark Connect.
        paths: As ``answer_parquet``.
        document: The document, or its JSON text. It is checked here, before any row is read.
        by: What to count by: ``"is_silenced"``; ``"effect"``; ``"window"``, the id of a window
            that silences the row: such a row counts once for each window, and others do not
            count; ``"month"``, the first day of the month of the instant (a date, UTC); and
            columns of the files.
        entity: As ``answer_parquet``; so are the other arguments.

    Returns:
        A DataFrame with the columns of ``by``, and ``count``. It is lazy.

    Raises:
        As ``answer_parquet``; ValueError if nothing is to be counted by, or a column has the
        name of something else that can be counted by.
    """
    names = list(by)
    if not names or len(set(names)) < len(names) or "count" in names:
        raise ValueError(f"by is {names}: it needs names, each once, and not count")
    columns = Columns(entity, at, alert_type, labels, naive_as_utc)
    files = list_files(paths, filesystem)
    given = [name for name in names if name not in _COUNTED_BY]
    check_columns(files, columns, given)
    for name in names:
        if name in _COUNTED_BY and name in files[0].schema.names:
            raise ValueError(f"{name!r} is ambiguous: the files have a column of that name")
    passed = passed_columns(files[0].schema, given)
    # The instants are checked with the answers, so that at least one is asked for.
    asked = ["silenced_by" if name == "window" else name
             for name in names if name in _COUNTED_BY and name != "month"] or ["is_silenced"]

    def keys(batch: Batch, found: list[pa.Array]) -> pa.Table:
        answers = dict(zip(asked, found))
        rows = {of.field.name: of.convert(batch.rows.column(of.field.name)) for of in passed}
        rows.update((name, answers[name]) for name in names if name in answers)
        if "month" in names:
            rows["month"] = batch.rows.column(at)
        if "window" in names:
            silencing = answers["silenced_by"]
            parents = pc.list_parent_indices(silencing)
            rows = {name: column.take(parents) for name, column in rows.items()}
            rows["window"] = pc.list_flatten(silencing)
        if "month" in names:
            rows["month"] = month(rows["month"])
        return pa.table({name: rows[name] for name in names})

    def counts(answered: _Answered) -> Iterator[pa.RecordBatch]:
        counted: list[pa.Table] = []
        for batch, found in answered:
            counted.append(_counted(keys(batch, found)))
            if sum(table.num_rows for table in counted) > _MAX_GROUPS:
                yield from _summed(counted, names)
                counted = []
        yield from _summed(counted, names)

    fields = {of.field.name: of.field for of in passed} | _COUNTED_BY
    schema = StructType([*[fields[name] for name in names], StructField("count", LongType())])
    query = Query(spark, document, columns, usage)
    parts = _map_parts(spark, query, files, given, asked, counts, schema)
    return parts.groupBy(*names).agg(F.sum("count").alias("count"))


_Answered = Iterator[tuple[Batch, list[pa.Array]]]
"""The batches of a part, with the answers that were asked for."""

_COUNTED_BY = {
    **{field.name: field for field in answer_fields(["is_silenced", "effect"])},
    "window": StructField("window", StringType()),
    "month": StructField("month", DateType()),
}
"""What rows can be counted by, beside columns of the files."""

_MAX_GROUPS = 1_000_000
"""The number of counts that a worker process keeps before it passes them on."""


def _counted(rows: pa.Table) -> pa.Table:
    """The distinct rows with their numbers."""
    names = rows.schema.names
    if len(names) == 1:
        # This costs less than groups.
        found = pc.value_counts(rows.column(0))
        return pa.table([found.field("values"), found.field("counts")], [*names, "count"])
    grouped = rows.group_by(names, use_threads=False).aggregate([([], "count_all")])
    return grouped.rename_columns([*names, "count"])


def _summed(counted: list[pa.Table], names: list[str]) -> Iterator[pa.RecordBatch]:
    if counted:
        grouped = pa.concat_tables(counted).group_by(names, use_threads=False)
        summed = grouped.aggregate([("count", "sum")]).rename_columns([*names, "count"])
        yield from summed.combine_chunks().to_batches()


def _map_parts(
    spark: SparkSession,
    query: Query,
    files: Sequence[File],
    passed: Sequence[str],
    asked: Sequence[str],
    results: "Callable[[_Answered], Iterator[pa.RecordBatch]]",
    schema: StructType,
) -> DataFrame:
    """The results for each part of the files, a task for each."""
    read = list(dict.fromkeys([*query.columns.all(), *passed]))
    parts = parts_of(files, read, spark.sparkContext.defaultParallelism)
    known: Broadcast[list[list[Split]]] = spark.sparkContext.broadcast(parts)

    def answered(part: list[Split]) -> _Answered:
        for batch in read_part(part, read):
            try:
                found = query.answer(query.columns.map(batch.rows.column), asked)
            except ColumnError as error:
                raise batch.error(error) from None
            yield batch, found

    def answer_parts(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column("id").to_pylist():
                yield from results(answered(known.value[number]))

    # A row, which is the number of a part, for each task.
    numbers = spark.range(0, len(parts), 1, max(len(parts), 1))
    return numbers.mapInArrow(answer_parts, schema)

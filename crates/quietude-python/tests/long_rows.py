"""4,000,000 rows on pyarrow, Polars, DuckDB, DataFusion and a Spark cluster: each answer is held
against ``Silencer``. Prints a line for each engine, and fails if an answer differs.

    python tests/long_rows.py [ROWS]

20,000 entities, labels, nulls, instants from the year 1 to 9999 in all units. The engines that
have no dates of all these years get those that nanoseconds reach, 1678 to 2261. On the cluster, each
function of ``quietude.spark`` has a line; a worker is killed during one of the queries.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import reduce
from operator import and_
from pathlib import Path
from typing import Any, TypeVar

import fleet
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from cluster import Cluster, cluster, slowly
from engines import ENGINES, LABELS
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from quietude import Silencer, Subject
from quietude.spark import (
    _parquet,
    answer_parquet,
    count_parquet,
    is_silenced,
    usage,
    with_answers,
)
from spark_session import session

ENTITIES, WINDOWS, PART = 20_000, 30_000, 100_000


def differing(found: pa.Array, want: pa.Array) -> int:
    """The number of rows that differ; null equals null."""
    same = pc.fill_null(pc.equal(found, want), False)
    both_null = pc.and_(pc.is_null(found), pc.is_null(want))
    return len(want) - int(pc.sum(pc.or_(same, both_null)).as_py() or 0)


Of = TypeVar("Of")


def wanted(ask: Callable[[Subject, datetime], Of], alerts: fleet.Alerts,
           micros: list[int | None]) -> list[Of | None]:
    """A method of ``Silencer``, row by row. A row without labels has no labels, which is not null."""
    instants = fleet.Alerts([], [], [], micros).instants()
    rows = zip(alerts.entity, alerts.alert_type, alerts.labels, instants)
    return [
        None if at is None else ask(Subject(entity, alert_type=kind, labels=labels), at)
        for entity, kind, labels, at in rows
    ]


def check_part(silencer: Silencer, number: int, differ: Counter[str], rows: Counter[str],
               folder: Path, size: int = PART) -> None:
    """One part on the engines of this process, and as a file for Spark."""
    alerts = fleet.alerts(size, ENTITIES, seed=1_000 + number)
    labels = fleet.struct_of([row or {} for row in alerts.labels])
    columns = {"entity": pa.array(alerts.entity), "alert_type": pa.array(alerts.alert_type),
               **{name: labels.field(name) for name in LABELS}}

    def check(engine: str, at: pa.Array, want: list[bool | None]) -> None:
        table = pa.table({**columns, "at": at})
        found = ENGINES[engine](silencer, table)
        differ[engine] += differing(found, pa.array(want, pa.bool_()))
        rows[engine] += size

    unit = fleet.UNITS[number % len(fleet.UNITS)]
    at, micros = fleet.timestamps(alerts.micros, unit)
    check("pyarrow", at, wanted(silencer.is_silenced, alerts, micros))
    near = [at if at is not None and abs(at) < 9_000_000_000_000_000 else None
            for at in alerts.micros]
    want = wanted(silencer.is_silenced, alerts, near)
    micro = pa.array(near, pa.timestamp("us", "UTC"))
    for engine in ["polars", "duckdb", "datafusion"]:
        check(engine, micro, want)
    # Spark has dates of the years 1 to 9999.
    all_years = pa.array(alerts.micros, pa.timestamp("us", "UTC"))
    want_silenced = wanted(silencer.is_silenced, alerts, alerts.micros)
    want_by = wanted(silencer.silenced_by, alerts, alerts.micros)
    table = pa.table({**columns, "at": all_years, "want_is_silenced": pa.array(want_silenced, pa.bool_()),
                      "want_silenced_by": pa.array(want_by, pa.list_(pa.string()))})
    pq.write_table(table, folder / "alerts" / f"part-{number:03}.parquet")


def counted(answered: DataFrame, answers: Iterable[str]) -> DataFrame:
    """The numbers of rows and of those of which an answer differs."""
    same = reduce(and_, [F.col(answer).eqNullSafe(F.col(f"want_{answer}")) for answer in answers])
    return answered.agg(
        F.count("*").alias("rows"), F.sum(F.when(same, 0).otherwise(1)).alias("differ"))


def compared(found: DataFrame, want: DataFrame) -> dict[str, int]:
    """The numbers of rows that were counted and of those that are in another group."""
    of_found, of_want = [
        Counter({tuple(row)[:-1]: row["count"] for row in counts.collect()}) for counts in (found, want)]
    return {"rows": of_found.total(),
            "differ": max((of_found - of_want).total(), (of_want - of_found).total())}


def check_spark(document: str, folder: Path) -> dict[str, Any]:
    """For each function, the numbers of rows and of those that differ, on a cluster of two workers."""
    with cluster(folder, workers=2) as made, session(made.url, made.environment) as spark:
        spark.conf.set("spark.sql.parquet.datetimeRebaseModeInRead", "CORRECTED")
        return check_functions(spark, made, document, folder / "alerts")


def check_functions(spark: SparkSession, made: Cluster, document: str, folder: Path) -> dict[str, Any]:
    alerts = spark.read.parquet(str(folder))
    both, used = ["is_silenced", "silenced_by"], usage(spark)
    query: Any = {"alert_type": "alert_type", "labels": LABELS, "usage": used}
    found: dict[str, Any] = {}
    answered = with_answers(alerts, document, answers=both, **query)
    found["with_answers"] = counted(answered, both).first()
    silenced = is_silenced(document, "entity", "at", **query)
    answered = alerts.withColumn("is_silenced", silenced)
    found["is_silenced"] = counted(answered, ["is_silenced"]).first()
    answered = answer_parquet(spark, folder, document, answers=both, **query)
    found["answer_parquet"] = counted(answered, both).first()

    by = ["is_silenced", "alert_type", "month"]
    wanted_rows = alerts.withColumn("is_silenced", F.col("want_is_silenced")).withColumn(
        "month", F.trunc("at", "month"))
    counts = count_parquet(spark, folder, document, by=by, **query)
    found["count_parquet by month"] = compared(counts, wanted_rows.groupBy(*by).count())
    windows = alerts.withColumn("window", F.explode("want_silenced_by")).groupBy("window").count()
    counts = count_parquet(spark, folder, document, by=["window"], **query)
    found["count_parquet by window"] = compared(counts, windows)
    # Each worker has one core, and so one Python process.
    assert [of["compiled"] for of in used.value.values()] == [1, 1], used.value

    # A task for each row group, so that several are left when a worker dies.
    _parquet._MAX_PART_BYTES = 1
    query["usage"] = usage(spark)
    answered = answer_parquet(spark, folder, document, answers=both, **query)
    found["answer_parquet, killed"] = made.kill_during(
        counted(slowly(answered, 0.2), both), query["usage"])
    return found


def main(total: int) -> None:
    document = fleet.document(WINDOWS, ENTITIES, seed=5)
    silencer = Silencer(document)
    differ: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "alerts").mkdir()
        for number in range(-(-total // PART)):
            check_part(silencer, number, differ, rows, folder)
            print(f"\r{(number + 1) * PART:,} rows", end="", file=sys.stderr)
        print(file=sys.stderr)
        for function, found in check_spark(document, folder).items():
            rows[function], differ[function] = found["rows"], found["differ"]
    for engine, count in rows.items():
        print(f"{engine:24} {count:>9,} rows, {differ[engine]} differ")
    if any(differ.values()):
        sys.exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4_000_000)

"""4,000,000 rows on pyarrow, Polars, DuckDB, DataFusion and a Spark cluster: each answer is held
against ``Silencer``. Prints a line for each engine, and fails if an answer differs.

    python tests/long_rows.py [ROWS]

20,000 entities, labels, nulls, instants from the year 1 to 9999 in all units. The engines that
have no dates of all these years get those that nanoseconds reach, 1678 to 2261.
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import fleet
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from cluster import cluster
from engines import ENGINES, LABELS
from pyspark.sql import functions as F
from quietude import Silencer, Subject
from quietude.spark import with_answers
from spark_session import session

ENTITIES, WINDOWS, PART = 20_000, 30_000, 100_000


def differing(found: pa.Array, want: pa.Array) -> int:
    """The number of rows that differ; null equals null."""
    same = pc.fill_null(pc.equal(found, want), False)
    both_null = pc.and_(pc.is_null(found), pc.is_null(want))
    return len(want) - int(pc.sum(pc.or_(same, both_null)).as_py() or 0)


def wanted(silencer: Silencer, alerts: fleet.Alerts, micros: list[int | None]) -> list[bool | None]:
    """``Silencer``, row by row. A row without labels has no labels, which is not null."""
    instants = fleet.Alerts([], [], [], micros).instants()
    rows = zip(alerts.entity, alerts.alert_type, alerts.labels, instants)
    return [
        None if at is None else silencer.is_silenced(
            Subject(entity, alert_type=kind, labels=labels), at)
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
    check("pyarrow", at, wanted(silencer, alerts, micros))
    near = [at if at is not None and abs(at) < 9_000_000_000_000_000 else None
            for at in alerts.micros]
    want = wanted(silencer, alerts, near)
    micro = pa.array(near, pa.timestamp("us", "UTC"))
    for engine in ["polars", "duckdb", "datafusion"]:
        check(engine, micro, want)
    # Spark has dates of the years 1 to 9999.
    all_years = pa.array(alerts.micros, pa.timestamp("us", "UTC"))
    want = wanted(silencer, alerts, alerts.micros)
    table = pa.table({**columns, "at": all_years, "want": pa.array(want, pa.bool_())})
    pq.write_table(table, folder / "alerts" / f"part-{number:03}.parquet")


def check_spark(document: str, folder: Path) -> tuple[int, int]:
    """The numbers of rows and of those that differ, on a cluster of two workers."""
    with cluster(folder, workers=2) as made, session(made.url, made.environment) as spark:
        spark.conf.set("spark.sql.parquet.datetimeRebaseModeInRead", "CORRECTED")
        alerts = spark.read.parquet(str(folder / "alerts"))
        answered = with_answers(alerts, document, alert_type="alert_type", labels=LABELS)
        same = F.col("is_silenced").eqNullSafe(F.col("want"))
        counted: Any = answered.agg(
            F.count("*").alias("rows"), F.sum(F.when(same, 0).otherwise(1)).alias("differ")).first()
        return counted["rows"], counted["differ"]


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
        rows["spark"], differ["spark"] = check_spark(document, folder)
    for engine, count in rows.items():
        print(f"{engine:10} {count:>9,} rows, {differ[engine]} differ")
    if any(differ.values()):
        sys.exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4_000_000)

"""The figures of the documentation: processor time and memory. Prints one line each.

    python tests/figures.py

Processor time, not elapsed time, as other programs hardly change it.
"""

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import fleet
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from cluster import Cluster, cluster
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType
from quietude import Silencer
from quietude._native import _Batch
from quietude.spark import answer_parquet, count_parquet, is_silenced, usage, with_answers
from quietude.spark._parquet import BATCH_ROWS
from spark_session import session

WINDOWS, ENTITIES, ROWS = 100_000, 20_000, 1_000_000
RUNS = 7
COLUMNS = ["entity", "at"]


def cpu_of(run: Callable[[], object]) -> float:
    """The least processor time of several runs of this process, in seconds."""
    times = []
    for _ in range(RUNS):
        begun = time.process_time()
        run()
        times.append(time.process_time() - begun)
    return min(times)


def near_alerts(rows: int) -> pa.Table:
    """Alerts of a year, without nulls and labels."""
    rng = random.Random(7)
    ids = [f"host-{rng.randrange(ENTITIES)}" for _ in range(rows)]
    millis = [fleet.NOW_MS - rng.randrange(fleet.YEAR_MS) for _ in range(rows)]
    return pa.table({"entity": ids, "at": pa.array(millis, pa.timestamp("ms", "UTC"))})


def columns_and_batch(silencer: Silencer, alerts: pa.Table) -> None:
    ids = alerts["entity"].to_pylist()
    millis = alerts["at"].cast(pa.int64()).to_pylist()
    batch = _Batch(silencer, ids, millis)
    entity, at = alerts["entity"].combine_chunks(), alerts["at"].combine_chunks()
    micros = at.cast(pa.timestamp("us", "UTC"))
    of_batch = cpu_of(batch.run)
    print(f"the least of {RUNS} runs over {ROWS:,} rows, {WINDOWS:,} windows of {ENTITIES:,} entities:")
    print(f"  batch of the library             {of_batch / ROWS * 1e9:6.1f} ns a row")
    layouts = {"utf8": (entity, at), "large_utf8": (entity.cast(pa.large_string()), at),
               "utf8_view": (entity.cast(pa.string_view()), at),
               "dictionary": (entity.dictionary_encode(), at),
               "utf8, microseconds": (entity, micros)}
    for name, columns in layouts.items():
        of_columns = cpu_of(lambda: silencer.is_silenced_columns(*columns))
        print(f"  is_silenced, {name:18}  {of_columns / ROWS * 1e9:6.1f} ns a row, "
              f"{of_columns / of_batch:.2f} of the batch")
    few = entity.slice(0, ROWS // 10), at.slice(0, ROWS // 10)
    for method in ["silenced_by", "silenced_until", "effect", "answer"]:
        ask = getattr(silencer, f"{method}_columns")
        of_columns = cpu_of(lambda: ask(*few))
        print(f"  {method:14} of {ROWS // 10:,}   {of_columns / ROWS * 1e10:6.1f} ns a row")


def cluster_cpu(made: Cluster) -> float:
    """The processor time of the workers and what they started, so far."""
    total = 0.0
    for process in made.processes[1:]:
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(True)]
        for member in family:
            try:
                times = member.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system
    return total


def by_pyarrow(document: str, folder: Path) -> tuple[float, int]:
    """Processor time in one process: Parquet in, silenced rows counted; of a second run."""
    silencer = Silencer(document)
    for _ in range(2):
        begun, silenced = time.process_time(), 0
        for file in sorted(folder.glob("*.parquet")):
            for batch in pq.ParquetFile(file).iter_batches(BATCH_ROWS, columns=COLUMNS):
                answers = pa.array(
                    silencer.is_silenced_columns(batch.column("entity"), batch.column("at")))
                silenced += answers.true_count
        seconds = time.process_time() - begun
    return seconds, silenced


Query = Callable[[SparkSession, str, Path, Any], Any]
"""The number of silenced rows of a folder of Parquet files, by one of the functions; a floor has the
number of all rows."""


def of_dataframe(spark: SparkSession, document: str, folder: Path, used: Any) -> Any:
    answered = with_answers(spark.read.parquet(str(folder)), document, usage=used)
    return answered.filter("is_silenced").count()


def of_column(spark: SparkSession, document: str, folder: Path, used: Any) -> Any:
    silenced = is_silenced(document, "entity", "at", usage=used)
    return spark.read.parquet(str(folder)).filter(silenced).count()


def of_all_columns(spark: SparkSession, document: str, folder: Path, used: Any) -> Any:
    answered = answer_parquet(spark, folder, document, usage=used)
    return answered.filter("is_silenced").count()


def of_answers(spark: SparkSession, document: str, folder: Path, used: Any) -> Any:
    answered = answer_parquet(spark, folder, document, columns=[], usage=used)
    return answered.filter("is_silenced").count()


def of_silenced(spark: SparkSession, document: str, folder: Path, used: Any) -> Any:
    return answer_parquet(spark, folder, document, silenced_only=True, usage=used).count()


def of_counts(spark: SparkSession, document: str, folder: Path, used: Any) -> Any:
    counts = count_parquet(spark, folder, document, by=["is_silenced"], usage=used)
    return {row["is_silenced"]: row["count"] for row in counts.collect()}[True]


QUERIES: dict[str, Query] = {
    "with_answers, filter, count": of_dataframe,
    "filter(is_silenced), count": of_column,
    "answer_parquet, filter, count": of_all_columns,
    "answer_parquet of no columns": of_answers,
    "answer_parquet silenced_only": of_silenced,
    "count_parquet by is_silenced": of_counts,
}


def of_same_batches(spark: SparkSession, document: str, folder: Path, used: Any) -> Any:
    alerts = spark.read.parquet(str(folder))
    return alerts.mapInArrow(lambda batches: batches, alerts.schema).filter("at IS NOT NULL").count()


def of_constant(spark: SparkSession, document: str, folder: Path, used: Any) -> Any:
    def constant(entity: pa.Array, at: pa.Array) -> pa.Array:
        return pa.repeat(True, len(at))

    column = F.arrow_udf(constant, BooleanType())("entity", "at")
    return spark.read.parquet(str(folder)).filter(column).count()


FLOORS: dict[str, Query] = {
    "mapInArrow of the same batches": of_same_batches,
    "arrow_udf of a constant": of_constant,
}
"""What Spark needs to pass rows to Python and back: ``with_answers`` and ``is_silenced`` without their
answers."""

BESIDE = {**dict(list(QUERIES.items())[:2]), **FLOORS}
TURNS = 3


class Sizes(NamedTuple):
    """The rows of a folder, those that are silenced, and what pyarrow takes for a row."""

    rows: int
    silenced: int
    pyarrow_ns: float


class Cost(NamedTuple):
    """What a query takes: processor time of the workers for a row, and elapsed time."""

    cpu_ns: float
    seconds: float

    def described(self, name: str, sizes: Sizes) -> str:
        return (f"  {name:30} {self.cpu_ns:6.0f} ns a row, {self.cpu_ns / sizes.pyarrow_ns:4.1f} of pyarrow; "
                f"{self.seconds:5.1f} s")


def cost(made: Cluster, ask: Callable[[], Any], rows: int, want: int) -> Cost:
    """What a query takes, of which the number of rows is ``want``."""
    before, begun = cluster_cpu(made), time.monotonic()
    found = ask()
    assert found == want, (found, want)
    return Cost((cluster_cpu(made) - before) / rows * 1e9, time.monotonic() - begun)


def by_spark(made: Cluster, document: str, folder: Path, sizes: Sizes) -> None:
    """The same on a cluster: processor time of a second run, when everything is loaded."""
    with session(made.url, made.environment) as spark:
        for name, query in QUERIES.items():
            used = usage(spark)
            _, of = [cost(made, lambda: query(spark, document, folder, used), sizes.rows, sizes.silenced)
                     for _ in range(2)]
            assert all(process["compiled"] == 1 for process in used.value.values()), used.value
            asked = sum(process["cpu_seconds"] for process in used.value.values()) / (2 * sizes.rows) * 1e9
            peak = max(process["peak_kib"] for process in used.value.values()) / 1024
            print(f"{of.described(name, sizes)}; answers {asked:4.0f} ns; at most {peak:.0f} MiB", flush=True)


def beside_floors(made: Cluster, document: str, folder: Path, sizes: Sizes) -> None:
    """The functions over DataFrames and their floors in turns, so that what other programs do in the
    meantime affects all of them; the least of the runs after the first."""
    print(f"  in turns, the least of {TURNS} runs:")
    found: dict[str, list[Cost]] = {name: [] for name in BESIDE}
    with session(made.url, made.environment) as spark:
        used = usage(spark)
        for turn in range(TURNS + 1):
            for name, query in BESIDE.items():
                want = sizes.rows if name in FLOORS else sizes.silenced
                of = cost(made, lambda: query(spark, document, folder, used), sizes.rows, want)
                if turn > 0:
                    found[name].append(of)
    for name, costs in found.items():
        print(min(costs).described(name, sizes), flush=True)


def spark_and_pyarrow(document: str, folder: Path) -> None:
    alerts = near_alerts(ROWS)
    alerts = alerts.set_column(1, "at", alerts["at"].cast(pa.timestamp("us", "UTC")))
    # The files, and the numbers of workers.
    for name, files, workers_of in [
            ("1 x", 4, [2]), ("10 x", 40, [1, 2]), ("40 x", 160, [1, 2]), ("wide", 8, [1])]:
        if name == "wide":
            alerts = wide(alerts)
        (folder / name).mkdir()
        for number in range(files):
            pq.write_table(alerts.slice(number % 4 * ROWS // 4, ROWS // 4),
                           folder / name / f"{number}.parquet")
        rows = files * ROWS // 4
        cpu, silenced = by_pyarrow(document, folder / name)
        sizes = Sizes(rows, silenced, cpu / rows * 1e9)
        print(f"pyarrow, {rows:,} rows of {alerts.num_columns} columns, of which {silenced:,} are silenced: "
              f"{sizes.pyarrow_ns:.0f} ns a row")
        for workers in workers_of:
            spark_folder = folder / f"{name}-{workers}"
            spark_folder.mkdir()
            print(f"Spark, {workers} workers: processor time of the workers")
            with cluster(spark_folder, workers) as made:
                by_spark(made, document, folder / name, sizes)
                if workers == 1:
                    beside_floors(made, document, folder / name, sizes)


def wide(alerts: pa.Table) -> pa.Table:
    """The alerts with ten columns of text, of which no query has a need."""
    rng = random.Random(3)
    for number in range(10):
        texts = pa.array([f"some text {number} of {of}" for of in range(5_000)])
        chosen = pa.array([rng.randrange(5_000) for _ in range(ROWS)])
        alerts = alerts.append_column(f"text-{number}", texts.take(chosen))
    return alerts


def main() -> None:
    document = fleet.document_of_entities(WINDOWS, ENTITIES, seed=6)
    begun = time.process_time()
    silencer = Silencer(document)
    print(f"{len(document) / 2**20:.1f} MiB of JSON with {WINDOWS:,} windows: compiled in "
          f"{time.process_time() - begun:.2f} s, {silencer.memory_bytes / 2**20:.0f} MiB")
    columns_and_batch(silencer, near_alerts(ROWS))
    with tempfile.TemporaryDirectory() as name:
        spark_and_pyarrow(document, Path(name))


if __name__ == "__main__":
    main()

"""The figures of the documentation: processor time and memory. Prints one line each.

    python tests/figures.py

Processor time, not elapsed time, as other programs hardly change it.
"""

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fleet
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from cluster import Cluster, cluster
from quietude import Silencer
from quietude._native import _Batch
from quietude.spark import usage, with_answers
from spark_session import session

WINDOWS, ENTITIES, ROWS = 100_000, 20_000, 1_000_000
RUNS = 7


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
    of_batch = cpu_of(batch.run)
    print(f"batch of the library       {of_batch / ROWS * 1e9:6.1f} ns a row")
    layouts = {"utf8": entity, "large_utf8": entity.cast(pa.large_string()),
               "utf8_view": entity.cast(pa.string_view()), "dictionary": entity.dictionary_encode()}
    for name, column in layouts.items():
        of_columns = cpu_of(lambda: silencer.is_silenced_columns(column, at))
        print(f"columns, {name:15}   {of_columns / ROWS * 1e9:6.1f} ns a row, "
              f"{of_columns / of_batch:.2f} of the batch")
    few = ROWS // 50
    of_answers = cpu_of(lambda: silencer.answer_columns(entity.slice(0, few), at.slice(0, few)))
    print(f"all answers, utf8          {of_answers / few * 1e9:6.1f} ns a row")


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
    """Processor time in one process: Parquet in, silenced rows counted."""
    silencer = Silencer(document)
    begun, silenced = time.process_time(), 0
    for file in sorted(folder.glob("*.parquet")):
        for batch in pq.ParquetFile(file).iter_batches(10_000):
            answers = pa.array(silencer.is_silenced_columns(batch.column("entity"), batch.column("at")))
            silenced += answers.true_count
    return time.process_time() - begun, silenced


def by_spark(made: Cluster, document: str, folder: Path, rows: int) -> dict[str, Any]:
    """The same on a cluster: processor time of a second run, when everything is loaded."""
    with session(made.url, made.environment) as spark:
        used = usage(spark)
        alerts = spark.read.parquet(str(folder))
        query = with_answers(alerts, document, usage=used).filter("is_silenced")
        silenced = query.count()
        before, begun = cluster_cpu(made), time.monotonic()
        assert query.count() == silenced
        seconds, cpu = time.monotonic() - begun, cluster_cpu(made) - before
        assert all(of["compiled"] == 1 for of in used.value.values()), used.value
        asked = sum(of["cpu_seconds"] for of in used.value.values())
        peak = max(of["peak_kib"] for of in used.value.values())
        return {"silenced": silenced, "seconds": seconds, "cpu": cpu / rows * 1e9,
                "asked": asked / (2 * rows) * 1e9, "peak_mib": peak / 1024,
                "processes": len(used.value)}


def spark_and_pyarrow(document: str, folder: Path) -> None:
    alerts = near_alerts(ROWS)
    alerts = alerts.set_column(1, "at", alerts["at"].cast(pa.timestamp("us", "UTC")))
    counts = {"1 x": 4, "10 x": 40}
    for name, files in counts.items():
        (folder / name).mkdir()
        for number in range(files):
            pq.write_table(alerts.slice(number % 4 * ROWS // 4, ROWS // 4),
                           folder / name / f"{number}.parquet")
    for name, files in counts.items():
        rows = files * ROWS // 4
        cpu, silenced = by_pyarrow(document, folder / name)
        print(f"pyarrow, {rows:>10,} rows     {cpu / rows * 1e9:6.0f} ns a row")
        for workers in [1, 2]:
            spark_folder = folder / f"{name}-{workers}"
            spark_folder.mkdir()
            with cluster(spark_folder, workers) as made:
                found = by_spark(made, document, folder / name, rows)
            assert found["silenced"] == silenced
            print(f"Spark, {rows:>10,} rows, {workers} workers: {found['cpu']:6.0f} ns a row of the "
                  f"workers ({found['cpu'] / (cpu / rows * 1e9):.1f} of pyarrow), of that "
                  f"{found['asked']:.0f} ns for the answers; {found['seconds']:.1f} s, "
                  f"{found['processes']} processes, at most {found['peak_mib']:.0f} MiB")


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

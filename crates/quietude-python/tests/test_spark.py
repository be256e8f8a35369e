"""Spark: rows equal ``Silencer``, one compilation for each process, and workers that die."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import quietude
from cluster import Cluster, cluster, environment, slowly
from conftest import FILES, ROWS
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from quietude import spark as quietude_spark
from quietude.spark import _parquet
from spark_session import session


def check(spark: SparkSession, data: Path, **named: Any) -> Any:
    """Counts the rows of which an answer differs from what is wanted."""
    document = (data / "windows.json").read_text()
    # Julian dates before 1900 are meant as they are.
    spark.conf.set("spark.sql.parquet.datetimeRebaseModeInRead", "CORRECTED")
    rows = spark.read.parquet(str(data / "alerts")).repartition(16)
    answered = quietude_spark.with_answers(
        rows, document, alert_type="alert_type", labels="labels",
        answers=quietude_spark.ANSWERS, **named)
    same = (F.col("is_silenced").eqNullSafe(F.col("want_silenced"))
            & F.col("silenced_by").eqNullSafe(F.col("want_by"))
            & F.col("silenced_until").eqNullSafe(F.col("want_until"))
            & F.col("effect").eqNullSafe(F.col("want_effect")))
    return answered.agg(
        F.count("*").alias("rows"), F.sum(F.when(same, 0).otherwise(1)).alias("differ"),
        F.sum(F.when(F.col("is_silenced"), 1).otherwise(0)).alias("silenced"))


def test_local_equal_and_compiled_once(data: Path, tmp_path: Path) -> None:
    with session("local[2]", environment(tmp_path)) as spark:
        used = quietude_spark.usage(spark)
        for _ in range(2):
            counted = check(spark, data, usage=used).first()
            assert counted["differ"] == 0 and counted["rows"] == ROWS // FILES * FILES
            assert counted["silenced"] > 0
        assert 1 <= len(used.value) <= 2
        assert [of["compiled"] for of in used.value.values()] == [1] * len(used.value)
        assert sum(of["rows"] for of in used.value.values()) == 2 * counted["rows"]

        errors(spark, data)


def errors(spark: SparkSession, data: Path) -> None:
    """What ``with_answers`` refuses before any row is read, and what a row makes it refuse."""
    rows = spark.read.parquet(str(data / "alerts")).limit(10)
    with pytest.raises(quietude.QuietudeError):
        quietude_spark.with_answers(rows, "{}")
    document = quietude.Document()
    with pytest.raises(ValueError, match="no column 'host'"):
        quietude_spark.with_answers(rows, document, entity="host")
    with pytest.raises(ValueError, match="no answer 'by'"):
        quietude_spark.with_answers(rows, document, answers=["by"])
    with pytest.raises(ValueError, match="has a column 'effect' already"):
        quietude_spark.with_answers(rows.withColumn("effect", F.lit(1)), document,
                                    answers=["effect"])
    naive = rows.withColumn("at", F.col("at").cast("timestamp_ntz"))
    with pytest.raises(Exception, match="at: the timestamps have no time zone"):
        quietude_spark.with_answers(naive, document).collect()
    same = quietude_spark.with_answers(naive, document, naive_as_utc=True, labels="labels")
    assert same.filter("is_silenced").count() == 0
    fields = rows.withColumn("team", F.col("labels")["team"]).withColumn(
        "name", F.col("labels")["alertname"])
    given: list[Any] = [["team", "name"], {"team": "team", "alertname": "name"}]
    for labels in given:
        named = quietude_spark.with_answers(fields, document, labels=labels)
        assert named.count() == 10


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("cluster"), workers=2) as made:
        yield made


@pytest.mark.cluster
def test_cluster_equal_and_compiled_once(two_workers: Cluster, data: Path) -> None:
    with session(two_workers.url, two_workers.environment) as spark:
        used = quietude_spark.usage(spark)
        counted = check(spark, data, usage=used).first()
        assert counted["differ"] == 0 and counted["rows"] == ROWS // FILES * FILES
        # Each worker has one core, and so one Python process.
        assert len(used.value) == 2
        assert [of["compiled"] for of in used.value.values()] == [1, 1]


@pytest.mark.cluster
def test_cluster_worker_killed(two_workers: Cluster, data: Path) -> None:
    with session(two_workers.url, two_workers.environment) as spark:
        used = quietude_spark.usage(spark)
        answered = quietude_spark.with_answers(
            spark.read.parquet(str(data / "alerts")).repartition(24),
            (data / "windows.json").read_text(), alert_type="alert_type", labels="labels",
            usage=used)
        same = F.col("is_silenced").eqNullSafe(F.col("want_silenced"))
        counted = two_workers.kill_during(slowly(answered, 1).agg(
            F.count("*").alias("rows"), F.sum(F.when(same, 0).otherwise(1)).alias("differ")), used)
        assert counted["differ"] == 0 and counted["rows"] == ROWS // FILES * FILES


@pytest.mark.cluster
def test_cluster_worker_killed_that_reads(two_workers: Cluster, data: Path,
                                          monkeypatch: pytest.MonkeyPatch) -> None:
    # A task for each row group.
    monkeypatch.setattr(_parquet, "_MAX_PART_BYTES", 1)
    with session(two_workers.url, two_workers.environment) as spark:
        used = quietude_spark.usage(spark)
        answered = quietude_spark.answer_parquet(
            spark, data / "alerts", (data / "windows.json").read_text(), alert_type="alert_type",
            labels="labels", columns=["want_silenced"], usage=used)
        same = F.col("is_silenced").eqNullSafe(F.col("want_silenced"))
        counted = two_workers.kill_during(slowly(answered, 1).agg(
            F.count("*").alias("rows"), F.sum(F.when(same, 0).otherwise(1)).alias("differ")), used)
        assert counted["differ"] == 0 and counted["rows"] == ROWS // FILES * FILES
        # Each process compiled once, whatever it read.
        assert all(of["compiled"] == 1 for of in used.value.values())

"""Parquet files that the Python workers of Spark read: rows and counts equal ``Silencer``."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import fleet
import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq
import pytest
import quietude
from cluster import environment
from conftest import FILES, ROWS
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F
from quietude import spark as quietude_spark
from quietude.spark import _parquet
from quietude.spark._schemas import Passed
from spark_session import session
from test_readme import block

QUERY: Any = {"alert_type": "alert_type", "labels": "labels"}


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    with session("local[2]", environment(tmp_path_factory.mktemp("local"))) as made:
        yield made


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task for each few row groups, so that there are more tasks than files."""
    monkeypatch.setattr(_parquet, "_MIN_PART_BYTES", 1)


@pytest.fixture
def document(data: Path) -> str:
    return (data / "windows.json").read_text()


def rows_of(data: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(data / "alerts").to_pylist()
    return rows


@pytest.mark.usefixtures("small_parts")
def test_answer_parquet_equal(spark: SparkSession, data: Path, document: str) -> None:
    used = quietude_spark.usage(spark)
    answered = quietude_spark.answer_parquet(
        spark, data / "alerts", document, answers=quietude_spark.ANSWERS, usage=used, **QUERY)
    assert answered.columns[:4] == ["entity", "at", "alert_type", "labels"]
    same = (F.col("is_silenced").eqNullSafe(F.col("want_silenced"))
            & F.col("silenced_by").eqNullSafe(F.col("want_by"))
            & F.col("silenced_until").eqNullSafe(F.col("want_until"))
            & F.col("effect").eqNullSafe(F.col("want_effect")))
    # Spark's own reader finds the same columns.
    assert answered.dtypes[:8] == spark.read.parquet(str(data / "alerts")).dtypes
    counted: Any = answered.withColumn("part", F.spark_partition_id()).agg(
        F.count("*").alias("rows"), F.sum(F.when(same, 0).otherwise(1)).alias("differ"),
        F.countDistinct("part").alias("parts"),
        F.sum(F.when(F.col("is_silenced"), 1).otherwise(0)).alias("silenced")).first()
    assert counted["differ"] == 0 and counted["rows"] == ROWS // FILES * FILES
    assert counted["silenced"] > 0 and counted["parts"] > 2
    assert [of["compiled"] for of in used.value.values()] == [1] * len(used.value)
    assert sum(of["rows"] for of in used.value.values()) == counted["rows"]


def test_answer_parquet_silenced_only(spark: SparkSession, data: Path, document: str) -> None:
    files = sorted((data / "alerts").iterdir())[:2]
    want = [Row(alert_type=row["alert_type"], effect=row["want_effect"])
            for row in pq.read_table(files).to_pylist() if row["want_silenced"]]
    answered = quietude_spark.answer_parquet(
        spark, files, document, columns=["alert_type"], answers=["effect"], silenced_only=True,
        filesystem=pa.fs.LocalFileSystem(), **QUERY)
    assert len(want) > 0 and answered.collect() == want
    none = quietude_spark.answer_parquet(spark, f"file://{data / 'alerts'}", document, columns=[], **QUERY)
    assert none.columns == ["is_silenced"]
    assert none.filter("is_silenced").count() == sum(
        row["want_silenced"] or 0 for row in rows_of(data))


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("max_groups", [1, 1_000_000])
def test_count_parquet_equal(spark: SparkSession, data: Path, document: str, max_groups: int,
                             monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quietude.spark._files._MAX_GROUPS", max_groups)
    rows = rows_of(data)

    def month(row: dict[str, Any]) -> date | None:
        return None if row["at"] is None else row["at"].astimezone(timezone.utc).date().replace(day=1)

    wanted: dict[tuple[str, ...], Counter[Any]] = {
        ("is_silenced",): Counter((row["want_silenced"],) for row in rows),
        ("alert_type",): Counter((row["alert_type"],) for row in rows),
        ("effect", "alert_type"): Counter((row["want_effect"], row["alert_type"]) for row in rows),
        ("month", "is_silenced"): Counter((month(row), row["want_silenced"]) for row in rows),
        ("window", "month", "alert_type"): Counter(
            (window, month(row), row["alert_type"]) for row in rows for window in row["want_by"] or []),
    }
    for by, want in wanted.items():
        counts = quietude_spark.count_parquet(spark, data / "alerts", document, by=by, **QUERY)
        assert counts.columns == [*by, "count"]
        got = {tuple(row)[:-1]: row["count"] for row in counts.collect()}
        assert got == want and len(want) > 2, by


def test_is_silenced_column(spark: SparkSession, data: Path, document: str) -> None:
    alerts = spark.read.parquet(str(data / "alerts"))
    spark.conf.set("spark.sql.parquet.datetimeRebaseModeInRead", "CORRECTED")
    used = quietude_spark.usage(spark)
    silenced = quietude_spark.is_silenced(document, "entity", F.col("at"), usage=used, **QUERY)
    differ = alerts.filter(~silenced.eqNullSafe(F.col("want_silenced")))
    assert differ.count() == 0
    rows = rows_of(data)
    got = alerts.filter(silenced).groupBy("alert_type").count().collect()
    assert {row["alert_type"]: row["count"] for row in got} == Counter(
        row["alert_type"] for row in rows if row["want_silenced"])
    assert [of["compiled"] for of in used.value.values()] == [1] * len(used.value)
    assert sum(of["rows"] for of in used.value.values()) == 2 * len(rows)

    fields = alerts.withColumn("team", F.col("labels")["team"])
    without = quietude.Silencer(document)
    table = pq.read_table(data / "alerts")
    teams = pa.array([None if of is None else dict(of).get("team") for of in table["labels"].to_pylist()],
                     pa.string())
    want = pa.array(without.is_silenced_columns(table["entity"], table["at"], labels={"team": teams}))
    given: list[Any] = [["team"], {"team": "team"}, {"team": F.col("labels")["team"]}]
    for labels in given:
        column = quietude_spark.is_silenced(document, "entity", "at", labels=labels)
        assert fields.filter(column).count() == want.true_count
    with pytest.raises(quietude.QuietudeError):
        quietude_spark.is_silenced("{}", "entity", "at")
    with pytest.raises(Exception, match="entity: Int64 is not a type of strings"):
        spark.range(3).filter(quietude_spark.is_silenced(document, "id", F.current_timestamp())).count()


def test_parquet_types_passed(spark: SparkSession, tmp_path: Path) -> None:
    nanos = [-1, 1_795_727_700_123_456_789, None]
    columns = {
        "entity": pa.array(["a", "b", None]).dictionary_encode(),
        "at": pa.array(nanos, pa.timestamp("ns", "Europe/Paris")),
        "naive": pa.array(nanos, pa.timestamp("ns")),
        "millis": pa.array([-1, 0, 1], pa.timestamp("ms", "UTC")),
        "text": pa.array(["x", None, "y"], pa.large_string()),
        "view": pa.array(["x", None, "y"], pa.string_view()),
        "list": pa.array([[1], [], None], pa.list_(pa.int64())),
        "struct": pa.array([{"a": 1.5, "b": b"x"}, None, {"a": None, "b": None}],
                           pa.struct([("a", pa.float64()), ("b", pa.binary())])),
        "day": pa.array([date(1969, 12, 31), None, date(2026, 1, 1)]),
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet", version="2.6")
    answered = quietude_spark.answer_parquet(spark, tmp_path, quietude.Document())
    assert dict(answered.dtypes) == {
        "entity": "string", "at": "timestamp", "naive": "timestamp_ntz", "millis": "timestamp",
        "text": "string", "view": "string", "list": "array<bigint>",
        "struct": "struct<a:double,b:binary>", "day": "date", "is_silenced": "boolean"}
    # Instants as text, since those of `collect` are in the local time zone.
    got = answered.withColumn("at", F.col("at").cast("string")).withColumn(
        "millis", F.col("millis").cast("string")).collect()
    assert got[0].asDict(True) == {
        "entity": "a", "at": "1969-12-31 23:59:59.999999",
        "naive": datetime(1969, 12, 31, 23, 59, 59, 999_999),
        "millis": "1969-12-31 23:59:59.999", "text": "x", "view": "x", "list": [1],
        "struct": {"a": 1.5, "b": b"x"}, "day": date(1969, 12, 31), "is_silenced": False}
    assert got[1]["at"] == "2026-11-26 21:15:00.123456"
    assert got[2]["at"] is None and got[2]["is_silenced"] is None
    with pytest.raises(ValueError, match="the column 'x' is uint8, which is no type of Spark"):
        Passed("x", pa.uint8())


def test_parquet_refused(spark: SparkSession, data: Path, tmp_path: Path, document: str) -> None:
    def refused(kind: type[Exception], text: str, paths: Any, **named: Any) -> None:
        named = {**QUERY, **named}
        with pytest.raises(kind, match=text):
            quietude_spark.answer_parquet(spark, paths, named.pop("document", document), **named)

    alerts = tmp_path / "alerts"
    alerts.mkdir()
    first = pq.read_table(data / "alerts" / "part-0.parquet").slice(0, 10)
    pq.write_table(first, alerts / "a.parquet")
    (alerts / "_SUCCESS").write_text("")
    (alerts / "_temporary").mkdir()
    (alerts / "_temporary" / "a.parquet").write_text("half")
    assert quietude_spark.answer_parquet(spark, alerts, document, **QUERY).count() == 10

    refused(quietude.QuietudeError, "1:1|version", alerts, document="{}")
    refused(ValueError, "a.parquet: no column 'host' in ", alerts, entity="host")
    refused(ValueError, "no answer 'by'", alerts, answers=["by"])
    refused(quietude.ColumnError, "at: Utf8 is not a type of timestamps.*, in /.*a.parquet", alerts,
            at="entity")
    refused(FileNotFoundError, "/none: no such file or folder", tmp_path / "none")
    (tmp_path / "empty").mkdir()
    refused(FileNotFoundError, "no files in", tmp_path / "empty")

    # The second file alone is wrong.
    other = alerts / "b.parquet"
    pq.write_table(first.drop_columns("labels"), other)
    refused(ValueError, "b.parquet: no column 'labels'", alerts)
    pq.write_table(first.set_column(1, "at", first["at"].cast(pa.timestamp("us"))), other)
    refused(quietude.ColumnError, "at: the timestamps have no time zone.*b.parquet", alerts, columns=[])
    pq.write_table(first.set_column(0, "entity", first["entity"].cast(pa.large_string())), other)
    refused(ValueError, "b.parquet: the column 'entity' is large_string, and string in .*a.parquet", alerts)
    assert quietude_spark.answer_parquet(spark, alerts, document, columns=["at"], **QUERY).count() == 20
    other.unlink()
    pq.write_table(first.append_column("is_silenced", first["entity"]), alerts / "a.parquet")
    refused(ValueError, "the files have a column 'is_silenced'; leave it out", alerts)
    other.write_text("no Parquet")
    refused(ValueError, "b.parquet: .*Parquet", alerts)


def test_count_parquet_refused(spark: SparkSession, tmp_path: Path) -> None:
    table = pa.table({"entity": ["a"], "at": pa.array([0], pa.timestamp("us", "UTC")), "month": [7]})
    pq.write_table(table, tmp_path / "a.parquet")
    for by, text in [([], r"by is \[\]"), (["month", "month"], "each once"), (["count"], "not count"),
                     (["month"], "'month' is ambiguous"), (["team"], "no column 'team'")]:
        with pytest.raises(ValueError, match=text):
            quietude_spark.count_parquet(spark, tmp_path, quietude.Document(), by=by)


def test_parquet_instant_out_of_range(spark: SparkSession, tmp_path: Path) -> None:
    # The row is that of the file, behind its row groups and batches.
    rows = 3 * _parquet.BATCH_ROWS
    at = pa.array([0] * (rows - 1) + [2**62], pa.timestamp("us", "UTC"))
    table = pa.table({"entity": pa.array(["a"] * rows), "at": at})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=_parquet.BATCH_ROWS * 3 // 2)
    text = rf"ColumnError: at\[{rows - 1}\]: {2**62} us since 1970 is not in the years 1 to 9999.*a.parquet"
    document = quietude.Document()
    with pytest.raises(Exception, match=text):
        quietude_spark.answer_parquet(spark, tmp_path, document, columns=[]).count()
    for by in ["month", "is_silenced"]:
        with pytest.raises(Exception, match=text):
            quietude_spark.count_parquet(spark, tmp_path, document, by=[by]).collect()


def test_parquet_no_rows(spark: SparkSession, tmp_path: Path) -> None:
    table = pa.table({"entity": pa.array([], pa.string()), "at": pa.array([], pa.timestamp("us", "UTC"))})
    with pq.ParquetWriter(tmp_path / "a.parquet", table.schema):
        pass
    assert pq.ParquetFile(tmp_path / "a.parquet").num_row_groups == 0
    document = quietude.Document()
    assert quietude_spark.answer_parquet(spark, tmp_path, document).collect() == []
    assert quietude_spark.count_parquet(spark, tmp_path, document, by=["window"]).collect() == []


def test_readme_of_spark(spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example runs, and its functions have the same answers."""
    monkeypatch.chdir(tmp_path)
    alerts = fleet.alerts(3_000, 100, seed=8)
    labels = fleet.struct_of([row or {} for row in alerts.labels])
    at, _ = fleet.timestamps(alerts.micros, "us")
    table = pa.table({"entity": pa.array(alerts.entity), "at": at.cast(pa.timestamp("us", "UTC")),
                      "team": labels.field("team"), "alertname": labels.field("alertname")})
    Path("alerts").mkdir()
    pq.write_table(table, "alerts/a.parquet")
    Path("windows.json").write_text(fleet.document(1_000, 100, seed=9))
    silencer = quietude.Silencer(Path("windows.json").read_text())
    found = pa.array(silencer.silenced_by_columns(
        table["entity"], table["at"], labels=table.select(["team", "alertname"]))).to_pylist()
    want = sum(1 for by in found if by)
    spark.conf.set("spark.sql.parquet.datetimeRebaseModeInRead", "CORRECTED")
    scope: dict[str, Any] = {}
    # The folder in which Spark looks is that in which it was started.
    exec(block("spark").replace('"alerts/"', repr(str(tmp_path / "alerts"))), scope)
    assert want > 100 and scope["alerts"].filter(scope["silenced"]).count() == want
    assert scope["answered"].columns == ["team", "is_silenced"]
    assert scope["answered"].filter("is_silenced").count() == want
    assert sum(row["count"] for row in scope["counts"].collect()) == sum(len(by or []) for by in found)


def test_parts_each_row_group_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_parquet, "_MIN_PART_BYTES", 1)
    rows = [700, 0, 5_000, 1_234]
    for number, count in enumerate(rows):
        pq.write_table(pa.table({"x": range(count), "y": ["long text"] * count}),
                       tmp_path / f"{number}.parquet", row_group_size=100)
    files = _parquet.list_files(tmp_path, None)
    for cores in [1, 3, 1_000]:
        parts = _parquet.parts_of(files, ["x"], cores)
        # No part is less than half of what is wanted, but for the last.
        assert len(parts) <= 2 * cores * _parquet._PARTS_OF_CORE + 1 and all(parts)
        values: dict[str, list[int]] = {}
        for part in parts:
            for batch in _parquet.read_part(part, ["x"]):
                found = values.setdefault(Path(batch.path).name, [])
                assert batch.first_row == len(found)
                found.extend(batch.rows.column("x").to_pylist())
        assert values == {f"{number}.parquet": list(range(count))
                          for number, count in enumerate(rows) if count}
    assert len(_parquet.parts_of(files, ["x"], 2)) >= _parquet._PARTS_OF_CORE


def test_month_of_instants() -> None:
    micros = [-1, 0, 2_678_400_000_000, -62_135_596_800_000_000, 253_402_300_799_999_999, None]
    want = [date(1969, 12, 1), date(1970, 1, 1), date(1970, 2, 1), date(1, 1, 1), date(9999, 12, 1), None]
    at = pa.array(micros, pa.timestamp("us", "Europe/Paris"))
    assert _parquet.month(at).to_pylist() == want
    assert _parquet.month(at.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))).to_pylist() == want
    seconds, _ = fleet.timestamps(micros, "s")
    assert _parquet.month(seconds).to_pylist() == want
    nanos = pa.array([-1, 0], pa.timestamp("ns", "UTC"))
    assert _parquet.month(nanos).to_pylist() == want[:2]

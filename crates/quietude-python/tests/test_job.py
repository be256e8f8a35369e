"""The job of the examples: answers, aggregate, restart, and what it refuses."""

import importlib.util
import json
import subprocess
import sys
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import fleet
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from quietude import Silencer

PATH = Path(__file__).parent.parent / "examples" / "last_year.py"
spec = importlib.util.spec_from_file_location("last_year", PATH)
assert spec is not None and spec.loader is not None
last_year: Any = importlib.util.module_from_spec(spec)
spec.loader.exec_module(last_year)

FILES, ROWS, HOSTS = 4, 3_000, 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Alerts within a year, in four files, and two documents."""
    (tmp_path / "alerts").mkdir()
    for number in range(FILES):
        alerts = fleet.alerts(ROWS, HOSTS, seed=number)
        near = [at if at is not None and abs(at - fleet.NOW_MS * 1_000) < 10**13 else None
                for at in alerts.micros]
        at, _ = fleet.timestamps(near, "us")
        table = pa.table({"host": pa.array(alerts.entity), "at": at,
                          "type": pa.array(alerts.alert_type),
                          "labels": fleet.map_of(alerts.labels)})
        pq.write_table(table, tmp_path / "alerts" / f"part-{number}.parquet", row_group_size=1_000)
    (tmp_path / "windows.json").write_text(fleet.document(500, HOSTS, seed=1))
    (tmp_path / "new.json").write_text(fleet.document(400, HOSTS, seed=2))
    return tmp_path


def options(folder: Path, out: str, *more: str) -> list[str]:
    return ["--alerts", str(folder / "alerts"), "--document", str(folder / "windows.json"),
            "--out", str(folder / out), "--entity", "host", "--alert-type", "type",
            "--labels", "labels", *more]


def results(folder: Path) -> list[Any]:
    names = sorted(path.name for path in (folder / "answers").iterdir())
    assert names == [f"part-{number}.parquet" for number in range(FILES)]
    tables = [pq.read_table(folder / "answers" / name) for name in names]
    return [*tables, pq.read_table(folder / "aggregate.parquet")]


def test_job_answers_and_aggregate(folder: Path) -> None:
    last_year.run(options(folder, "out", "--what-if", str(folder / "new.json")))
    *answers, aggregate = results(folder / "out")
    silencers = {name: Silencer((folder / file).read_text())
                 for name, file in [("", "windows.json"), ("what_if_", "new.json")]}
    counted: dict[tuple[str, str, str], int] = {}
    for number, table in enumerate(answers):
        source = pq.read_table(folder / "alerts" / f"part-{number}.parquet")
        assert table.select(source.column_names) == source
        for prefix, silencer in silencers.items():
            want = silencer.silenced_by_columns(source["host"], source["at"],
                                                alert_type=source["type"], labels=source["labels"])
            by = pa.array(want).to_pylist()
            assert table[f"{prefix}silenced_by"].to_pylist() == by
            for ids, at in zip(by, source["at"].to_pylist()):
                for window in ids or []:
                    month = at.astimezone(timezone.utc).strftime("%Y-%m")
                    key = ("what_if" if prefix else "document", window, month)
                    counted[key] = counted.get(key, 0) + 1
    rows = aggregate.to_pylist()
    found = {(row["document"], row["window"], row["month"]): row for row in rows}
    assert len(found) == len(rows) and counted
    assert {key: row["silenced_alerts"] for key, row in found.items()
            if row["silenced_alerts"]} == counted
    key = next(key for key in counted if key[0] == "document")
    start, end = last_year.month_bounds(key[2])
    time = silencers[""].active_time(key[1], start, end)
    assert timedelta(0) < time <= end - start
    assert found[key]["active_seconds"] == time.total_seconds()


def test_job_restart_continues(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    last_year.run(options(folder, "whole"))
    last_year.run(options(folder, "parts", "--stop-after", "2"))
    assert not (folder / "parts" / "aggregate.parquet").exists()
    done = folder / "parts" / "answers" / "part-0.parquet"
    before = done.stat().st_mtime_ns
    # What a killed job leaves behind.
    (folder / "parts" / "answers" / ".part-2.parquet.partial").write_bytes(b"half")
    capsys.readouterr()
    last_year.run(options(folder, "parts"))
    error = capsys.readouterr().err
    assert "continues: 2 of 4 files are done" in error and "6,000 rows answered" in error
    assert done.stat().st_mtime_ns == before
    assert results(folder / "parts") == results(folder / "whole")


def test_job_killed_continues(folder: Path) -> None:
    last_year.run(options(folder, "whole"))
    process = subprocess.Popen([sys.executable, str(PATH), *options(folder, "killed")],
                               stderr=subprocess.PIPE)
    assert process.stderr is not None
    process.stderr.read(20)
    process.kill()
    process.wait()
    process.stderr.close()
    last_year.run(options(folder, "killed"))
    assert results(folder / "killed") == results(folder / "whole")


def test_job_wrong_document_before_first_row(folder: Path) -> None:
    broken = json.loads((folder / "windows.json").read_text())
    broken["windows"][7]["schedule"] = {"kind": "daily", "clock": "25:00-26:00", "timezone": "UTC"}
    (folder / "new.json").write_text(json.dumps(broken, indent=1))
    with pytest.raises(last_year.JobError, match=r"new.json:\d+:\d+: window `w-7`: schedule.clock"):
        last_year.run(options(folder, "out", "--what-if", str(folder / "new.json")))
    assert not (folder / "out").exists()
    ended = subprocess.run(
        [sys.executable, str(PATH), *options(folder, "out", "--what-if", str(folder / "new.json"))],
        capture_output=True, text=True, check=False)
    assert ended.returncode == 1 and ended.stderr.startswith("error: ")


def test_job_wrong_columns(folder: Path) -> None:
    with pytest.raises(last_year.JobError, match="part-0.parquet: .*none"):
        last_year.run([*options(folder, "out"), "--entity", "none"])
    with pytest.raises(last_year.JobError, match="part-0.parquet: at: .*not a type of timestamps"):
        last_year.run([*options(folder, "out"), "--at", "host"])
    assert not (folder / "out").exists()
    last_year.run(options(folder, "out", "--stop-after", "1"))
    with pytest.raises(last_year.JobError, match="another job"):
        last_year.run([*options(folder, "out"), "--document", str(folder / "new.json")])


def test_job_instant_out_of_range(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = pq.read_table(folder / "alerts" / "part-1.parquet").slice(0, 1_501)
    monkeypatch.setattr(last_year, "BATCH_ROWS", 1_000)
    bad = pa.array([0] * 1_500 + [2**62], pa.timestamp("us", "UTC"))
    pq.write_table(table.set_column(1, "at", bad), folder / "alerts" / "part-1.parquet")
    with pytest.raises(last_year.JobError, match=r"part-1.parquet, row 1500: at\[500\]: "):
        last_year.run(options(folder, "out"))
    assert [path.name for path in (folder / "out" / "answers").glob("*.parquet")] == [
        "part-0.parquet"]

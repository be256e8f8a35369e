"""Replays the README: its examples, and those for each engine, whose answers must be equal."""

import doctest
import re
from pathlib import Path
from typing import Any

import fleet
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import quietude

README = Path(__file__).parent.parent / "README.md"
ENGINES = ["pyarrow", "polars", "duckdb", "datafusion"]


def test_readme_sessions() -> None:
    failed, tried = doctest.testfile(str(README), module_relative=False)
    assert failed == 0 and tried >= 5


@pytest.mark.parametrize("name", ["__init__", "_native"])
def test_docstrings(name: str) -> None:
    module: Any = quietude if name == "__init__" else quietude._native
    found = [test for test in doctest.DocTestFinder(exclude_empty=True).find(
        module, globs={**vars(quietude), "quietude": quietude}) if test.examples]
    runner = doctest.DocTestRunner()
    for test in found:
        runner.run(test)
    assert runner.summarize().failed == 0
    if name == "__init__":
        assert found


def test_public_items_documented() -> None:
    for name in quietude.__all__:
        item = getattr(quietude, name)
        if not isinstance(item, type):
            continue
        assert item.__doc__, name
        for member, value in vars(item).items():
            if not member.startswith("_"):
                assert value.__doc__, f"{name}.{member}"


def block(engine: str) -> str:
    """The example of an engine."""
    found = re.search(rf"<!-- engine: {engine} -->\n\n```python\n(.*?)```", README.read_text(), re.S)
    assert found is not None, engine
    return found[1]


def test_engines_equal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All engines and ``Silencer`` have the same answers."""
    monkeypatch.chdir(tmp_path)
    alerts = fleet.alerts(5_000, 200, seed=8)
    # Polars and DuckDB have no dates of all the years in each unit.
    micros = [at if at is not None and abs(at) < 9_000_000_000_000_000 else None
              for at in alerts.micros]
    at = pa.array(micros, pa.timestamp("us", "UTC"))
    structs = fleet.struct_of([row or {} for row in alerts.labels])
    columns = {"entity": pa.array(alerts.entity), "at": at, "team": structs.field("team"),
               "alertname": structs.field("alertname")}
    pq.write_table(pa.table(columns), "alerts.parquet")
    Path("windows.json").write_text(fleet.document(2_000, 200, seed=9))
    silencer = quietude.Silencer(Path("windows.json").read_text())
    want = []
    instants = fleet.Alerts([], [], [], micros).instants()
    names = zip(alerts.entity, instants, structs.field("team").to_pylist(),
                structs.field("alertname").to_pylist())
    for entity, instant, team, name in names:
        subject = quietude.Subject(entity, labels={"team": team, "alertname": name})
        want.append(None if instant is None else silencer.is_silenced(subject, instant))
    assert want.count(True) > 100 and want.count(False) > 100 and want.count(None) > 100
    for engine in ENGINES:
        assert len([line for line in block(engine).splitlines() if line]) <= 10, engine
        scope: dict[str, Any] = {}
        exec(block(engine), scope)
        got = [row[0] if isinstance(row, tuple) else row for row in scope["answered"]]
        assert got == want, engine

"""What several files of tests need for Spark."""

import os
from pathlib import Path

import fleet
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import quietude

ROWS = int(os.environ.get("QUIETUDE_SPARK_ROWS", "40000"))
ENTITIES, WINDOWS, FILES = 2_000, 4_000, 8


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A document, and Parquet files of alerts with the answers of ``Silencer``'s columns, which
    ``test_columns`` and ``long_rows.py`` hold against ``Silencer`` row by row."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "windows.json").write_text(fleet.document(WINDOWS, ENTITIES, seed=5))
    (folder / "alerts").mkdir()
    silencer = quietude.Silencer((folder / "windows.json").read_text())
    for number in range(FILES):
        alerts = fleet.alerts(ROWS // FILES, ENTITIES, seed=number)
        at, _ = fleet.timestamps(alerts.micros, "us")
        columns = {"entity": pa.array(alerts.entity), "at": at.cast(pa.timestamp("us", "UTC")),
                   "alert_type": pa.array(alerts.alert_type), "labels": fleet.map_of(alerts.labels)}
        answers = pa.array(silencer.answer_columns(**columns))
        columns["want_silenced"] = answers.field("is_silenced")
        columns["want_by"] = answers.field("by")
        columns["want_until"] = answers.field("until")
        columns["want_effect"] = answers.field("effect")
        pq.write_table(pa.table(columns), folder / "alerts" / f"part-{number}.parquet",
                       row_group_size=2_000)
    return folder

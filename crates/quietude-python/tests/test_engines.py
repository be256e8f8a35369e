"""The engines that run in this process: rows equal ``Silencer``. ``long_rows.py`` has more."""

from collections import Counter
from pathlib import Path

import fleet
import long_rows
from quietude import Silencer


def test_engines_equal_silencer(tmp_path: Path) -> None:
    silencer = Silencer(fleet.document(10_000, long_rows.ENTITIES, seed=5))
    (tmp_path / "alerts").mkdir()
    differ: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    for number in range(4):
        long_rows.check_part(silencer, number, differ, rows, tmp_path, size=5_000)
    assert rows == dict.fromkeys(["pyarrow", "polars", "duckdb", "datafusion"], 20_000)
    assert not any(differ.values()), differ


def test_differing_counts() -> None:
    import pyarrow as pa

    found = pa.array([True, None, False, None, True])
    assert long_rows.differing(found, pa.array([True, None, True, False, None])) == 3
    assert long_rows.differing(found, found) == 0

"""What a document costs by its number of windows: bytes to broadcast, time to compile, memory,
and time for a row.

    python tests/scale.py [WINDOWS ...]

Each document is compiled in a process of its own, as in a Python worker of Spark. Processor time.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path
from typing import NamedTuple

import fleet
import pyarrow as pa
import pyarrow.parquet as pq
import quietude
from quietude.spark._parquet import BATCH_ROWS

SIZES = [10_000, 100_000, 1_000_000]
ROWS = 1_000_000


class Costs(NamedTuple):
    """What a document costs a process.

    Attributes:
        json_bytes: The document.
        packed_bytes: The document, compressed.
        read_seconds: Reading the JSON.
        compile_seconds: Compiling what was read.
        snapshot_bytes: The compiled snapshot.
        resident_kib: What the process has more than before.
        peak_kib: What it had more than before at most.
        row_ns: Reading a row of Parquet, and whether it is silenced.
    """

    json_bytes: int
    packed_bytes: int
    read_seconds: float
    compile_seconds: float
    snapshot_bytes: int
    resident_kib: int
    peak_kib: int
    row_ns: float


def measure(windows: int) -> Costs:
    """The costs of a document of so many windows over a fifth as many hosts."""
    hosts = windows // 5
    text = fleet.document(windows, hosts, seed=4)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "windows.json").write_text(text)
        # The compression of Spark's broadcasts is weaker and faster than this.
        sizes = len(text.encode()), len(zlib.compress(text.encode(), 1))
        del text
        rng = random.Random(7)
        ids = pa.array([f"host-{rng.randrange(hosts)}" for _ in range(ROWS)])
        millis = [fleet.NOW_MS - rng.randrange(fleet.YEAR_MS) for _ in range(ROWS)]
        at = pa.array(millis, pa.timestamp("ms", "UTC"))
        pq.write_table(pa.table({"entity": ids, "at": at}), folder / "alerts.parquet")
        found = subprocess.run([sys.executable, __file__, "--compile", name], check=True,
                               capture_output=True, text=True).stdout
    return Costs(*sizes, *json.loads(found))


def compile_in_process(folder: Path) -> None:
    """Prints what reading and compiling a document takes, and what a row takes then."""
    before = memory_kib("VmRSS")
    text = (folder / "windows.json").read_text()
    begun = time.process_time()
    document = quietude.Document(text)
    parsed = time.process_time()
    silencer = quietude.Silencer(document)
    compiled = time.process_time()
    del text
    resident, peak = memory_kib("VmRSS") - before, memory_kib("VmHWM") - before
    times = []
    for _ in range(3):
        row_begun = time.process_time()
        for batch in pq.ParquetFile(folder / "alerts.parquet").iter_batches(BATCH_ROWS):
            silencer.is_silenced_columns(batch.column("entity"), batch.column("at"))
        times.append(time.process_time() - row_begun)
    print(json.dumps([parsed - begun, compiled - parsed, silencer.memory_bytes, resident, peak,
                      min(times) / ROWS * 1e9]))


def memory_kib(name: str) -> int:
    """The memory of this process, now (``VmRSS``) or at most so far (``VmHWM``), in KiB."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    (line,) = [line for line in status.splitlines() if line.startswith(f"{name}:")]
    return int(line.split()[1])


def described(windows: int, costs: Costs) -> str:
    return (f"{windows:,} windows: {costs.json_bytes / 2**20:.1f} MiB of JSON, "
            f"{costs.packed_bytes / 2**20:.1f} packed; read in {costs.read_seconds:.2f} s, "
            f"compiled in {costs.compile_seconds:.2f} s; snapshot {costs.snapshot_bytes / 2**20:.0f} MiB, "
            f"process {costs.resident_kib / 1024:.0f} MiB, at most {costs.peak_kib / 1024:.0f} MiB; "
            f"{costs.row_ns:.0f} ns a row")


def main(sizes: list[int]) -> None:
    for windows in sizes:
        print(described(windows, measure(windows)), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--compile"]:
        compile_in_process(Path(sys.argv[2]))
    else:
        main([int(size) for size in sys.argv[1:]] or SIZES)

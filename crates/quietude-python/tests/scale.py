"""What a document costs by its number of windows: bytes to broadcast, time to compile, memory.

    python tests/scale.py [WINDOWS ...]

Each document is compiled in a process of its own, as in a Python worker of Spark. Processor time.
"""

import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

import fleet
import quietude

SIZES = [10_000, 100_000, 1_000_000]


def compile_in_process(path: Path) -> None:
    """Prints the seconds and the resident KiB that reading and compiling a document take."""
    before = memory_kib("VmRSS")
    text = path.read_text()
    begun = time.process_time()
    document = quietude.Document(text)
    parsed = time.process_time()
    silencer = quietude.Silencer(document)
    compiled = time.process_time()
    del text
    resident, peak = memory_kib("VmRSS") - before, memory_kib("VmHWM") - before
    print(parsed - begun, compiled - parsed, silencer.memory_bytes, resident, peak)


def memory_kib(name: str) -> int:
    """The memory of this process, now (``VmRSS``) or at most so far (``VmHWM``), in KiB."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    (line,) = [line for line in status.splitlines() if line.startswith(f"{name}:")]
    return int(line.split()[1])


def main(sizes: list[int]) -> None:
    for windows in sizes:
        text = fleet.document(windows, windows // 5, seed=4)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "windows.json"
            path.write_text(text)
            # The compression of Spark's broadcasts is weaker and faster than this.
            packed = len(zlib.compress(text.encode(), 1))
            found = subprocess.run([sys.executable, __file__, "--compile", str(path)],
                                   check=True, capture_output=True, text=True).stdout.split()
        parse, compile_, snapshot, resident, peak = map(float, found)
        print(f"{windows:>9,} windows: {len(text) / 2**20:.1f} MiB of JSON, {packed / 2**20:.1f} packed; "
              f"read in {parse:.2f} s, compiled in {compile_:.2f} s; snapshot {snapshot / 2**20:.0f} MiB, "
              f"process {resident / 1024:.0f} MiB, at most {peak / 1024:.0f} MiB", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--compile"]:
        compile_in_process(Path(sys.argv[2]))
    else:
        main([int(size) for size in sys.argv[1:]] or SIZES)

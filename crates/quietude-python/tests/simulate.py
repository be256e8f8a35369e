"""A year of alerts on a cluster, simulated: seconds and bytes by windows and processes.

    python tests/simulate.py [--rows N] [--windows N ...] [--processes N ...]

The costs of a document and of a row are measured here (``scale.py``). Simulated are the processes: each
receives the document, reads and compiles it, and then takes one part of the rows after the other.
Parts differ by up to a third in their time. What Spark needs beside the Python processes is not in it;
``figures.py`` measures that.
"""

import argparse
import heapq
import random
from typing import NamedTuple

import scale

PART_ROWS = 5_000_000
"""The rows of a part: 64 MiB of Parquet with an entity and an instant."""
PROCESSES_OF_WORKER = 4
"""The processes of one executor, which receives a broadcast once."""
LINK_BYTES = 125_000_000
"""The bytes that an executor receives in a second: 1 Gbit."""


class Run(NamedTuple):
    """A run of the job.

    Attributes:
        seconds: From its begin to the end of the last part.
        begin_seconds: Until a process has compiled the document.
        cpu_seconds: The processor time of all processes.
        sent_bytes: What all executors received.
    """

    seconds: float
    begin_seconds: float
    cpu_seconds: float
    sent_bytes: int


def simulate(costs: scale.Costs, rows: int, processes: int) -> Run:
    """The job on so many processes."""
    rng = random.Random(0)
    prepare = costs.read_seconds + costs.compile_seconds
    begin = costs.packed_bytes / LINK_BYTES + prepare
    free = [begin] * processes
    cpu = prepare * processes
    for first in range(0, rows, PART_ROWS):
        part = min(PART_ROWS, rows - first) * costs.row_ns * 1e-9 * rng.uniform(2 / 3, 4 / 3)
        # The part goes to the process that is free first.
        heapq.heapreplace(free, free[0] + part)
        cpu += part
    executors = -(-processes // PROCESSES_OF_WORKER)
    return Run(max(free), begin, cpu, executors * costs.packed_bytes)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--rows", type=int, default=1_000_000_000)
    parser.add_argument("--windows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 4, 16, 64])
    options = parser.parse_args()
    for windows in options.windows:
        costs = scale.measure(windows)
        prepare = costs.read_seconds + costs.compile_seconds
        tenth = 10 * prepare / costs.row_ns * 1e9
        print(scale.described(windows, costs))
        print(f"{options.rows:,} rows; {prepare:.1f} s to read and compile are a tenth of the time of "
              f"{tenth / 1e6:,.0f} million rows")
        for processes in options.processes:
            run = simulate(costs, options.rows, processes)
            share = processes * prepare / run.cpu_seconds
            print(f"  {processes:4} processes: {run.seconds:7.1f} s, of which {run.begin_seconds:5.1f} s to begin; "
                  f"{run.cpu_seconds:6.0f} s of processors, {share:4.0%} to begin; "
                  f"{run.sent_bytes / 2**20:,.0f} MiB sent", flush=True)


if __name__ == "__main__":
    main()

"""What a Python worker process keeps: compiled documents, and how much it was used."""

import os
import resource
import socket
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TypedDict

from pyspark import Accumulator, AccumulatorParam
from pyspark.sql import SparkSession

from quietude._native import Document, Silencer


class Usage(TypedDict):
    """What one Python worker process did.

    Attributes:
        compiled: How often it compiled the document.
        rows: The number of rows that it answered.
        cpu_seconds: The processor time of these answers, without what Spark needs for the rows.
        peak_kib: The greatest resident memory of the process so far, in KiB.
    """

    compiled: int
    rows: int
    cpu_seconds: float
    peak_kib: int


class _UsageParam(AccumulatorParam[dict[str, Usage]]):  # type: ignore[misc]
    def zero(self, value: dict[str, Usage]) -> dict[str, Usage]:
        return {}

    def addInPlace(
        self, value1: dict[str, Usage], value2: dict[str, Usage]
    ) -> dict[str, Usage]:
        for process, other in value2.items():
            known = value1.get(process)
            if known is None:
                value1[process] = dict(other)  # type: ignore[assignment]
                continue
            known["compiled"] = max(known["compiled"], other["compiled"])
            known["rows"] += other["rows"]
            known["cpu_seconds"] += other["cpu_seconds"]
            known["peak_kib"] = max(known["peak_kib"], other["peak_kib"])
        return value1


def usage(spark: SparkSession) -> "Accumulator[dict[str, Usage]]":
    """An accumulator for the argument ``usage`` of queries: its ``value`` has the ``Usage`` of each
    Python worker process, by host and process id. Rows of tasks that Spark repeats count each time."""
    zero: dict[str, Usage] = {}
    return spark.sparkContext.accumulator(zero, _UsageParam())


_MAX_COMPILED = 4
"""How many documents a process keeps; that which was used the longest ago is dropped."""

_silencers: OrderedDict[str, Silencer] = OrderedDict()
_compilations: dict[tuple[int, str], int] = {}
_lock = threading.Lock()


def compiled(digest: str, document: Callable[[], Document]) -> Silencer:
    """The compiled document, of which ``digest`` is the SHA-256 of its compact JSON."""
    with _lock:
        silencer = _silencers.get(digest)
        if silencer is None:
            silencer = Silencer(document())
            _silencers[digest] = silencer
            count = _compilations.get((os.getpid(), digest), 0)
            _compilations[os.getpid(), digest] = count + 1
            if len(_silencers) > _MAX_COMPILED:
                _silencers.popitem(last=False)
        _silencers.move_to_end(digest)
        return silencer


def used(digest: str, rows: int, cpu_seconds: float) -> dict[str, Usage]:
    """The ``Usage`` of this process by some rows, to be added to the accumulator."""
    return {
        f"{socket.gethostname()}:{os.getpid()}": {
            "compiled": _compilations.get((os.getpid(), digest), 0),
            "rows": rows,
            "cpu_seconds": cpu_seconds,
            "peak_kib": _peak_kib(),
        }
    }


def _peak_kib() -> int:
    # The maximum of `getrusage` may be that of the process that started this one.
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:
            lines = [line.split() for line in status if line.startswith("VmHWM:")]
        return int(lines[0][1])
    except (OSError, IndexError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

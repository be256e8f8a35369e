"""A standalone Spark cluster on loopback: one master, and workers that can be killed."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import psutil
import pyarrow as pa
import pyspark
from pyspark.sql import DataFrame

SPARK_HOME = Path(pyspark.__file__).parent


def environment(folder: Path) -> dict[str, str]:
    """What the processes of the cluster, and the driver, need to find each other."""
    (jar,) = SPARK_HOME.glob("jars/spark-core_*.jar")
    match = re.search(r"spark-core_(\d+\.\d+)-", jar.name)
    assert match is not None, jar
    return {
        "SPARK_HOME": str(SPARK_HOME),
        # Without it the launcher looks for a build tree of Spark.
        "SPARK_SCALA_VERSION": match[1],
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_HOSTNAME": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(folder),
        "SPARK_WORKER_DIR": str(folder / "work"),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
    }


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class Cluster:
    """The processes of a cluster; they end with it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.environment = folder, environment(folder)
        self.logs: list[IO[bytes]] = []
        self.processes: list[subprocess.Popen[bytes]] = []
        port = free_port()
        self.url = f"spark://127.0.0.1:{port}"
        self.start("master", "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1",
                   "--port", str(port), "--webui-port", str(free_port()))

    def start(self, name: str, main: str, *arguments: str) -> subprocess.Popen[bytes]:
        log = open(self.folder / f"{name}.log", "wb")
        self.logs.append(log)
        process = subprocess.Popen(
            [str(SPARK_HOME / "bin" / "spark-class"), main, *arguments],
            stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env={**os.environ, **self.environment, "SPARK_DAEMON_MEMORY": "256m"},
        )
        self.processes.append(process)
        return process

    def add_worker(self, cores: int = 1, memory: str = "1g") -> subprocess.Popen[bytes]:
        """A worker, when the master knows it."""
        number = len(self.processes)
        name = f"worker-{number}"
        process = self.start(
            name, "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1",
            "--cores", str(cores), "--memory", memory, "--webui-port", str(free_port()),
            self.url)
        self.wait_for(name, "Successfully registered with master")
        return process

    def wait_for(self, name: str, text: str, seconds: float = 120) -> None:
        log, end = self.folder / f"{name}.log", time.monotonic() + seconds
        while time.monotonic() < end:
            if text in log.read_text(errors="replace"):
                return
            time.sleep(0.2)
        raise TimeoutError(f"{name}: no {text!r} in:\n{log.read_text(errors='replace')}")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kills a process of this cluster and its children at once, without a word."""
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(True)]
        for member in family:
            try:
                member.kill()
            except psutil.NoSuchProcess:
                continue
        process.wait()

    def kill_during(self, query: DataFrame, used: Any) -> Any:
        """The first row of a query, during which the last worker is killed and replaced.

        The worker dies when two processes are in ``used``, and so after it has answered rows.
        """
        rows: list[Any] = []
        job = threading.Thread(target=lambda: rows.append(query.first()))
        job.start()
        end = time.monotonic() + 400
        while len(used.value) < 2 and time.monotonic() < end:
            time.sleep(0.1)
        assert len(used.value) == 2 and job.is_alive()
        self.kill(self.processes[-1])
        job.join(400)
        self.add_worker()
        assert rows
        return rows[0]

    def close(self) -> None:
        for process in reversed(self.processes):
            if process.poll() is None:
                self.kill(process)
        for log in self.logs:
            log.close()


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[Cluster]:
    """A cluster with some workers of one core each."""
    made = Cluster(folder)
    try:
        for _ in range(workers):
            made.add_worker()
        yield made
    finally:
        made.close()


def slowly(answered: DataFrame, seconds: float) -> DataFrame:
    """The rows, of which each batch takes a while, so that a worker dies in the middle."""

    def wait(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            time.sleep(seconds)
            yield batch

    return answered.mapInArrow(wait, answered.schema)

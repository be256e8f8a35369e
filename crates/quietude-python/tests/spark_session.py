"""Sessions of Spark for tests: one at a time, in UTC, without a user interface."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pyspark.sql import SparkSession


@contextmanager
def session(master: str, environment: Mapping[str, str], **options: str) -> Iterator[SparkSession]:
    """A session of a master; ``options`` are those of Spark, with ``_`` for ``.``."""
    before = dict(os.environ)
    os.environ.update(environment)
    builder = SparkSession.builder.master(master).appName("quietude-tests")
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.executor.memory": "512m",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "10000",
        **{name.replace("_", "."): value for name, value in options.items()},
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    try:
        yield spark
    finally:
        spark.stop()
        os.environ.clear()
        os.environ.update(before)

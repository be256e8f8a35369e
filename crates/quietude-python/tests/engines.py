"""Whether the rows of a table are silenced, by each engine that runs in this process.

A table has the columns ``entity``, ``at``, ``alert_type``, and a column for each label.
"""

from collections.abc import Callable

import datafusion
import duckdb
import polars as pl
import pyarrow as pa
from quietude import Silencer

LABELS = ["alertname", "instance", "team"]
_COLUMNS = "entity, at, alert_type, alertname, instance, team"


def _columns(silencer: Silencer) -> Callable[..., pa.Array]:
    # DuckDB counts the parameters.
    def silenced(entity: pa.Array, at: pa.Array, alert_type: pa.Array, alertname: pa.Array,
                 instance: pa.Array, team: pa.Array) -> pa.Array:
        labels = dict(zip(LABELS, [alertname, instance, team]))
        return pa.array(silencer.is_silenced_columns(
            entity, at, alert_type=alert_type, labels=labels))

    return silenced


def by_pyarrow(silencer: Silencer, table: pa.Table) -> pa.Array:
    silenced = silencer.is_silenced_columns(
        table["entity"], table["at"], alert_type=table["alert_type"], labels=table.select(LABELS))
    return pa.array(silenced)


def by_polars(silencer: Silencer, table: pa.Table) -> pa.Array:
    frame = pl.DataFrame(table)
    silenced = silencer.is_silenced_columns(
        frame["entity"], frame["at"], alert_type=frame["alert_type"], labels=frame.select(LABELS))
    return pl.Series(silenced).to_arrow()


def by_duckdb(silencer: Silencer, table: pa.Table) -> pa.Array:
    with duckdb.connect() as connection:
        types = ["VARCHAR", "TIMESTAMPTZ", *["VARCHAR"] * 4]
        connection.create_function("silenced", _columns(silencer), types, "BOOLEAN", type="arrow",
                                   null_handling="special")
        connection.register("alerts", table)
        # AT is a word of its SQL.
        columns = _COLUMNS.replace("at,", '"at",', 1)
        query = f"SELECT silenced({columns}) AS silenced FROM alerts"
        return _whole(connection.sql(query).to_arrow_table())


def by_datafusion(silencer: Silencer, table: pa.Table) -> pa.Array:
    # The order of the rows is that of the table with one partition.
    context = datafusion.SessionContext(
        datafusion.SessionConfig().with_target_partitions(1))
    types = [table.schema.field(name.strip()).type for name in _COLUMNS.split(",")]
    context.register_udf(
        datafusion.udf(_columns(silencer), types, pa.bool_(), "immutable", "silenced"))
    context.register_record_batches("alerts", [table.to_batches(max_chunksize=8_192)])
    found = context.sql(f"SELECT silenced({_COLUMNS}) AS silenced FROM alerts")
    return _whole(found.to_arrow_table())


def _whole(table: pa.Table) -> pa.Array:
    column = table["silenced"].combine_chunks()
    return column.chunk(0) if isinstance(column, pa.ChunkedArray) else column


ENGINES = {"pyarrow": by_pyarrow, "polars": by_polars, "duckdb": by_duckdb,
           "datafusion": by_datafusion}

"""Which of last year's alerts would the windows have silenced? Parquet in, Parquet out.

    python last_year.py --alerts alerts/ --document windows.json --out answers/
    python last_year.py --alerts alerts/ --document windows.json --what-if new.json --out compared/

Reads every ``*.parquet`` file of a folder, in batches, and writes:

- ``answers/NAME.parquet``: the rows of the file with ``is_silenced``, ``silenced_by`` and
  ``effect``, and with ``what_if_*`` for a second document;
- ``aggregate.parquet``: for each document, window and month (UTC) the number of alerts that the
  window silenced, and the seconds in which it was active.

The documents are compiled, and the columns of every file are checked, before the first row is
read. A job that was interrupted continues with the files that it has not finished: a file is
complete when it has its name. The folder keeps what the job was started with, and refuses another
job. Memory is that of the documents and one batch. Needs pyarrow.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import quietude

BATCH_ROWS = 131_072
Counts = Counter[tuple[str, str, str]]
"""The number of alerts by document, window and month."""


class JobError(Exception):
    """The job cannot start; the text is for the person who started it."""


def arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--alerts", type=Path, required=True, help="folder of Parquet files")
    parser.add_argument("--document", type=Path, required=True, help="JSON document of windows")
    parser.add_argument("--what-if", type=Path, help="a second document, to compare with")
    parser.add_argument("--out", type=Path, required=True, help="folder of the results")
    parser.add_argument("--entity", default="entity", help="column of entities; '' for none")
    parser.add_argument("--at", default="at", help="column of instants")
    parser.add_argument("--alert-type", help="column of alert types")
    parser.add_argument("--labels", help="column of labels, or a comma-separated list of columns")
    parser.add_argument("--naive-as-utc", action="store_true",
                        help="timestamps without a time zone are in UTC")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--stop-after", type=int, help="stop after so many files (for tests)")
    return parser.parse_args(given)


def compile_documents(options: argparse.Namespace) -> dict[str, quietude.Silencer]:
    """The compiled documents by name. A wrong one ends the job here."""
    paths = {"document": options.document, "what_if": options.what_if}
    compiled = {}
    for name, path in paths.items():
        if path is None:
            continue
        try:
            compiled[name] = quietude.Silencer(path.read_text(encoding="utf-8"))
        except quietude.QuietudeError as error:
            place = "" if error.line is None else f":{error.line}:{error.column}"
            raise JobError(f"{path}{place}: {error}") from error
        except (OSError, UnicodeDecodeError) as error:
            raise JobError(f"{path}: {error}") from error
    return compiled


def label_columns(options: argparse.Namespace, schema: pa.Schema) -> str | list[str] | None:
    """The column of labels, or the columns that are labels."""
    if options.labels is None:
        return None
    names: list[str] = options.labels.split(",")
    is_text = len(names) == 1 and names[0] in schema.names and not pa.types.is_nested(
        schema.field(names[0]).type)
    return names[0] if len(names) == 1 and not is_text else names


def query_columns(options: argparse.Namespace, batch: Any) -> dict[str, Any]:
    """The columns of a query over a batch or a table."""
    labels = label_columns(options, batch.schema)
    given: Any = batch.column(labels) if isinstance(labels, str) else labels
    if isinstance(labels, list):
        given = {name: batch.column(name) for name in labels}
    return {
        "entity": batch.column(options.entity) if options.entity else None,
        "at": batch.column(options.at),
        "alert_type": batch.column(options.alert_type) if options.alert_type else None,
        "labels": given,
        "naive_as_utc": options.naive_as_utc,
        "threads": options.threads,
    }


def check_files(options: argparse.Namespace, silencer: quietude.Silencer) -> list[Path]:
    """The files, in the order of their names. Each must have the columns, of the right types."""
    files = sorted(options.alerts.glob("*.parquet"))
    if not files:
        raise JobError(f"{options.alerts}: no file *.parquet")
    for file in files:
        try:
            empty = pq.read_schema(file).empty_table()
            silencer.is_silenced_columns(**query_columns(options, empty))
        except (KeyError, quietude.QuietudeError, OSError, pa.ArrowException) as error:
            raise JobError(f"{file}: {error}") from error
    return files


def claim(options: argparse.Namespace, compiled: dict[str, quietude.Silencer]) -> None:
    """Creates the folder of the results, or continues in that of the same job."""
    job = {
        "documents": {
            name: sha256(silencer.document.to_json().encode()).hexdigest()
            for name, silencer in compiled.items()
        },
        "columns": [options.entity, options.at, options.alert_type, options.labels,
                    options.naive_as_utc],
        "alerts": str(options.alerts.resolve()),
    }
    for folder in ["answers", "counts"]:
        (options.out / folder).mkdir(parents=True, exist_ok=True)
    known = options.out / "job.json"
    if not known.exists():
        replace_text(known, json.dumps(job, indent=2))
    elif json.loads(known.read_text()) != job:
        raise JobError(f"{options.out}: the results of another job; take another folder")


def replace_text(path: Path, text: str) -> None:
    """Writes a file that is complete when it has its name."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text)
    partial.replace(path)


def answer_batch(
    options: argparse.Namespace, compiled: dict[str, quietude.Silencer], batch: pa.RecordBatch,
    counts: Counts,
) -> pa.RecordBatch:
    """The batch with its answers, which are counted."""
    columns, names = list(batch.columns), list(batch.schema.names)
    query = query_columns(options, batch)
    # Rounded for the month only; the query below refuses what is out of range, and tells the row.
    at = query["at"].cast(pa.timestamp("us", "UTC"), safe=False)
    months = pc.strftime(at, format="%Y-%m")
    for document, silencer in compiled.items():
        answers = pa.array(silencer.answer_columns(**query))
        prefix = "" if document == "document" else "what_if_"
        by = answers.field("by")
        for name, column in [("is_silenced", answers.field("is_silenced")), ("silenced_by", by),
                             ("effect", answers.field("effect"))]:
            columns.append(column)
            names.append(prefix + name)
        pairs = pa.table({"window": pc.list_flatten(by),
                          "month": months.take(pc.list_parent_indices(by))})
        grouped = pairs.group_by(["window", "month"]).aggregate([([], "count_all")])
        for row in grouped.to_pylist():
            counts[document, row["window"], row["month"]] += row["count_all"]
        # Months without a silenced alert count, too: a window may be active in them.
        for month in pc.unique(months).drop_null().to_pylist():
            counts[document, "", month] += 0
    return pa.RecordBatch.from_arrays(columns, names)


def answer_file(
    options: argparse.Namespace, compiled: dict[str, quietude.Silencer], file: Path,
) -> Iterator[int]:
    """Answers a file; yields the number of rows of each batch."""
    partial = options.out / "answers" / f".{file.name}.partial"
    counts: Counts = Counter()
    writer, first = None, 0
    try:
        with pq.ParquetFile(file) as source:
            empty = pa.RecordBatch.from_pylist([], source.schema_arrow)
            schema = answer_batch(options, compiled, empty, counts).schema
            writer = pq.ParquetWriter(partial, schema)
            for batch in source.iter_batches(BATCH_ROWS):
                try:
                    writer.write_batch(answer_batch(options, compiled, batch, counts))
                except quietude.ColumnError as error:
                    row = "" if error.row is None else f", row {first + error.row}"
                    raise JobError(f"{file}{row}: {error}") from error
                first += batch.num_rows
                yield batch.num_rows
    finally:
        if writer is not None:
            writer.close()
    listed = [[*key, count] for key, count in sorted(counts.items())]
    replace_text(options.out / "counts" / f"{file.name}.json", json.dumps(listed))
    partial.replace(options.out / "answers" / file.name)


def is_done(options: argparse.Namespace, file: Path) -> bool:
    answers: Path = options.out / "answers" / file.name
    return answers.exists()


def month_bounds(month: str) -> tuple[datetime, datetime]:
    start = datetime.strptime(month, "%Y-%m").replace(tzinfo=timezone.utc)
    # The last instant there is, at the end of the last month.
    last = datetime.max.replace(tzinfo=timezone.utc)
    end = last if month == "9999-12" else (start + timedelta(days=31)).replace(day=1)
    return start, end


def write_aggregate(
    options: argparse.Namespace, compiled: dict[str, quietude.Silencer], files: list[Path],
) -> int:
    """The table of all files: every window that silenced an alert or was active."""
    counts: Counts = Counter()
    for file in files:
        for document, window, month, count in json.loads(
                (options.out / "counts" / f"{file.name}.json").read_text()):
            counts[document, window, month] += count
    rows = []
    for document, silencer in compiled.items():
        months = sorted({month for of, _, month in counts if of == document})
        for window in silencer.document.window_ids:
            for month in months:
                active = silencer.active_time(window, *month_bounds(month))
                silenced = counts[document, window, month]
                if active or silenced:
                    rows.append({"document": document, "window": window, "month": month,
                                 "silenced_alerts": silenced,
                                 "active_seconds": active.total_seconds()})
    schema = pa.schema([("document", pa.string()), ("window", pa.string()), ("month", pa.string()),
                        ("silenced_alerts", pa.int64()), ("active_seconds", pa.float64())])
    partial = options.out / ".aggregate.partial"
    pq.write_table(pa.Table.from_pylist(rows, schema), partial)
    partial.replace(options.out / "aggregate.parquet")
    return len(rows)


def run(given: list[str] | None = None) -> None:
    options = arguments(given)
    compiled = compile_documents(options)
    files = check_files(options, compiled["document"])
    claim(options, compiled)
    open_files = [file for file in files if not is_done(options, file)]
    if len(open_files) < len(files):
        print(f"continues: {len(files) - len(open_files)} of {len(files)} files are done",
              file=sys.stderr)
    begun, rows = time.monotonic(), 0
    for number, file in enumerate(open_files):
        if number == options.stop_after:
            return
        for count in answer_file(options, compiled, file):
            rows += count
            seconds = max(time.monotonic() - begun, 1e-9)
            print(f"\r{len(files) - len(open_files) + number + 1} of {len(files)} files, "
                  f"{rows:,} rows, {rows / seconds:,.0f} rows/s", end="", file=sys.stderr)
    print(file=sys.stderr)
    written = write_aggregate(options, compiled, files)
    print(f"{rows:,} rows answered; {written:,} rows of the aggregate in {options.out}",
          file=sys.stderr)


if __name__ == "__main__":
    try:
        run()
    except JobError as refused:
        sys.exit(f"error: {refused}")

"""Parquet files that Python worker processes read themselves, through pyarrow."""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs
import pyarrow.parquet as pq

from quietude._errors import ColumnError
from quietude._native import Document, Silencer
from quietude.spark._queries import Columns

BATCH_ROWS = 65_536
_FOOTERS_AT_ONCE = 16
_MIN_PART_BYTES, _MAX_PART_BYTES = 16 << 20, 64 << 20
"""A task costs some 50 ms of its own, as much as the answers of half a million rows, which have about
6 MiB; and one that is lost is repeated."""
_PARTS_OF_CORE = 2
"""The number of tasks for each core, so that a slow core gets fewer of them."""


class File(NamedTuple):
    """A Parquet file and its footer."""

    filesystem: pa.fs.FileSystem
    path: str
    schema: pa.Schema
    metadata: pq.FileMetaData


class Split(NamedTuple):
    """Consecutive row groups of a file.

    Attributes:
        first_row: The number of the first row in the file, from 0.
    """

    filesystem: pa.fs.FileSystem
    path: str
    row_groups: list[int]
    first_row: int


class Batch(NamedTuple):
    """Some rows of a file."""

    path: str
    first_row: int
    rows: pa.RecordBatch

    def error(self, error: ColumnError) -> ColumnError:
        """The error of a row of this batch as one of a row of the file."""
        row = None if error.row is None else self.first_row + error.row
        return ColumnError(error.column, row, error.kind, f"{error.message}, in {self.path}")


def list_files(
    paths: "str | os.PathLike[str] | Iterable[str | os.PathLike[str]]",
    filesystem: pa.fs.FileSystem | None,
) -> list[File]:
    """The files of the paths with their footers; those of a folder by their names.

    Raises:
        FileNotFoundError: If a path does not exist, or there is no file.
        OSError: If a file cannot be read.
        ValueError: If a file is not a Parquet file.
    """
    given = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    found = [file for path in given for file in _files_of(os.fspath(path), filesystem)]
    if not found:
        raise FileNotFoundError(f"no files in {[os.fspath(path) for path in given]}")
    with ThreadPoolExecutor(_FOOTERS_AT_ONCE) as pool:
        return list(pool.map(lambda file: _with_footer(*file), found))


def _files_of(
    path: str, filesystem: pa.fs.FileSystem | None
) -> list[tuple[pa.fs.FileSystem, str]]:
    given = path
    if filesystem is None:
        if "://" in path:
            filesystem, path = pa.fs.FileSystem.from_uri(path)
        else:
            filesystem, path = pa.fs.LocalFileSystem(), os.path.abspath(path)
    info = filesystem.get_file_info(path)
    if info.type == pa.fs.FileType.NotFound:
        raise FileNotFoundError(f"{given}: no such file or folder")
    if info.type != pa.fs.FileType.Directory:
        return [(filesystem, path)]
    inside = filesystem.get_file_info(pa.fs.FileSelector(path, recursive=True))
    files = sorted(info.path for info in inside if info.type == pa.fs.FileType.File)
    # As Spark does: `_SUCCESS`, `_temporary/` and `.part-0.parquet.crc` are no data.
    return [(filesystem, file) for file in files
            if not any(name.startswith(("_", ".")) for name in file[len(path):].split("/"))]


def _with_footer(filesystem: pa.fs.FileSystem, path: str) -> File:
    try:
        with pq.ParquetFile(path, filesystem=filesystem) as file:
            return File(filesystem, path, file.schema_arrow, file.metadata)
    except pa.ArrowInvalid as error:
        raise ValueError(f"{path}: {error}") from error


def check_columns(files: Sequence[File], columns: Columns[str], passed: Sequence[str]) -> None:
    """Holds the columns of each file against the query, and against those of the first file.

    Raises:
        ValueError: If a file has no such column, or a column that is passed on has another type
            than in the first file.
        ColumnError: If a column of the query has a wrong type.
    """
    silencer, checked = Silencer(Document()), None
    for file in files:
        if checked is not None and file.schema.equals(checked):
            continue
        for name in [*columns.all(), *passed]:
            if name not in file.schema.names:
                raise ValueError(f"{file.path}: no column {name!r} in {file.schema.names}")
        for name in passed:
            type_, first = file.schema.field(name).type, files[0].schema.field(name).type
            if type_ != first:
                raise ValueError(f"{file.path}: the column {name!r} is {type_}, "
                                 f"and {first} in {files[0].path}")
        empty = file.schema.empty_table()
        try:
            columns.map(empty.column).ask(silencer, Silencer.is_silenced_columns)
        except ColumnError as error:
            raise Batch(file.path, 0, empty).error(error) from error
        checked = file.schema


def parts_of(files: Sequence[File], columns: Iterable[str], cores: int) -> list[list[Split]]:
    """The row groups, in parts of about as many compressed bytes of these columns: a task each."""
    read = set(columns)
    groups = []
    for file in files:
        first_row = 0
        for number in range(file.metadata.num_row_groups):
            group = file.metadata.row_group(number)
            chunks = [group.column(column) for column in range(group.num_columns)]
            size = sum(chunk.total_compressed_size for chunk in chunks
                       if chunk.path_in_schema.split(".")[0] in read)
            groups.append((file, number, first_row, size))
            first_row += group.num_rows
    total = sum(size for _, _, _, size in groups)
    wanted = total // (max(cores, 1) * _PARTS_OF_CORE)
    wanted = min(max(wanted, _MIN_PART_BYTES), _MAX_PART_BYTES)
    parts: list[list[Split]] = []
    filled = wanted
    for file, number, first_row, size in groups:
        if filled + size // 2 >= wanted:
            parts.append([])
            filled = 0
        part = parts[-1]
        if part and part[-1].path == file.path and part[-1].filesystem is file.filesystem:
            part[-1].row_groups.append(number)
        else:
            part.append(Split(file.filesystem, file.path, [number], first_row))
        filled += size
    return parts


def read_part(part: Iterable[Split], columns: Sequence[str]) -> Iterator[Batch]:
    """The rows of a part; in a worker process, on one thread, as Spark counts a core for a task."""
    for split in part:
        row = split.first_row
        # One request for neighbouring columns, where a request takes long.
        is_remote = not isinstance(split.filesystem, pa.fs.LocalFileSystem)
        with pq.ParquetFile(
            split.path, filesystem=split.filesystem, pre_buffer=is_remote
        ) as file:
            for rows in file.iter_batches(
                BATCH_ROWS, row_groups=split.row_groups, columns=list(columns), use_threads=False
            ):
                yield Batch(split.path, row, rows)
                row += rows.num_rows


def month(at: pa.Array) -> pa.Array:
    """The first day of the month of each instant, in UTC, as a date."""
    unit: Any = at.type.unit
    utc = at.cast(pa.timestamp(unit, "UTC")) if at.type.tz is not None else at
    return pc.floor_temporal(utc.cast(pa.timestamp(unit)), unit="month").cast(pa.date32())

"""Rows of files as they are, with the place of each, a few in memory at a time."""

import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from lzma import LZMAError
from typing import Any, BinaryIO, NamedTuple, NoReturn

import fsspec
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.store import StoreError, shard_urls
from pipeline.store.files import absolute, at, read_whole, sizes, subfolders
from pipeline.store.manifest import SEALED
from schemas.failure import Failure

LONGEST_LINE = 64 * 2**20
"""Bytes of a line of JSON, or of a whole `.json` file that is one list is sixteen times that."""

_FIRST = 4096
"""Bytes of a file by which it is told what it is."""

_ROWS_AT_ONCE = 500
_STAGES = (
    ("curriculum_train", "curriculum_validation", "curriculum_test", "curriculum_ood"),
    ("unique",),
    ("tasks",),
    ("distinct",),
)
_DATA = re.compile(r"\.(jsonl|ndjson|json|parquet|arrow)(\.(gz|bz2|xz))?\Z")
_NO_DATA = {"dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json", "package.json", "config.json"}


class DocumentError(Failure, ValueError):
    """A row is no problem that can be read; the message says what it lacks."""


class Row(NamedTuple):
    """What stands in row `number` (from 1; of JSON lines the line) of a file."""

    file: str
    number: int
    values: dict[str, Any]


class BadRow(NamedTuple):
    """A row that can't be read, and why."""

    file: str
    number: int
    problem: str


def refuse(bad: BadRow) -> NoReturn:
    """Raises DocumentError with the place of the row."""
    raise DocumentError(f"{bad.file}:{bad.number}: {bad.problem}")


def rows_of(sources: str | Sequence[str], bad: Callable[[BadRow], None] = refuse) -> Iterator[Row]:
    """The rows of these files, in the order given; what a glob or a folder holds is sorted by name.

    Raises StoreError where a source has nothing that can be read; `bad` is told of rows that can't.
    """
    for source in [sources] if isinstance(sources, str) else sources:
        for url in data_urls(source):
            for row in _rows(url):
                if isinstance(row, Row):
                    yield row
                else:
                    bad(row)


def data_urls(source: str) -> list[str]:
    """The files that a source names. Raises StoreError for none."""
    if any(mark in source for mark in "*?["):
        with at(source) as (fs, pattern):
            found = [absolute(str(fs.unstrip_protocol(path))) for path in sorted(fs.glob(pattern))]
        if not found:
            raise StoreError(f"nothing matches {source}")
        return [url for match in found for url in data_urls(match)]
    url = absolute(source)
    if _DATA.search(url):
        return [url]
    there = sizes(url)
    if "run.json" in there:
        return _files_of_run(source, url)
    if SEALED in there:
        return shard_urls(url)
    if "dataset_dict.json" in there:
        return [each for split in _splits(url) for each in data_urls(f"{url}/{split}")]
    if "state.json" in there and "dataset_info.json" in there:
        return _files_of_dataset(url)
    with at(url) as (fs, path):
        files = [str(fs.unstrip_protocol(each)) for each in sorted(fs.find(path)) if _is_data(each[len(path) :])]
    files = [each for each in files if not _describes(each)]
    if not files:
        raise StoreError(f"{source} has no JSON lines, Parquet files or datasets; name a file or a folder that has")
    return [absolute(each) for each in files]


def _is_data(path: str) -> bool:
    parts = path.strip("/").split("/")
    hidden = any(part.startswith((".", "_")) for part in parts)
    return not hidden and parts[-1] not in _NO_DATA and _DATA.search(path) is not None


def _describes(url: str) -> bool:
    """Whether a `.json` file is one object over several lines, as what lies beside data to describe it."""
    if not url.endswith(".json"):
        return False
    with fsspec.open(url, "rb") as file:
        return _opens_object(file.readline(_FIRST))


def _opens_object(line: bytes) -> bool:
    return line.lstrip().startswith(b"{") and line.rstrip().endswith((b"{", b"[", b","))


def _files_of_run(source: str, url: str) -> list[str]:
    there = set(subfolders(url))
    for stages in _STAGES:
        finished = [name for name in stages if name in there and SEALED in sizes(f"{url}/{name}")]
        if finished:
            return [each for name in finished for each in shard_urls(f"{url}/{name}")]
    raise StoreError(f"{source} is a run without tasks so far: `taskmill run` its config first")


def _splits(url: str) -> list[str]:
    splits: list[str] = _json_file(f"{url}/dataset_dict.json").get("splits") or subfolders(url)
    return [name for name in splits if re.fullmatch(r"[\w.-]+", name) and name.strip(".")]


def _files_of_dataset(url: str) -> list[str]:
    state = _json_file(f"{url}/state.json")
    if state.get("_indices_files"):
        raise StoreError(f"{url} is a selection of another dataset: save it with `dataset.flatten_indices()` first")
    return [f"{url}/{each['filename'].rpartition('/')[2]}" for each in state.get("_data_files", ())]


def _json_file(url: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(read_whole(url), type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise StoreError(f"{url} is damaged ({error}): save the dataset anew") from error


def _rows(url: str) -> Iterator[Row | BadRow]:
    kind = _DATA.search(url)
    with at(url):
        assert kind is not None
        try:
            if kind[1] in ("parquet", "arrow"):
                yield from _table_rows(url, _parquet(url) if kind[1] == "parquet" else _arrow(url))
            else:
                with fsspec.open(url, "rb", compression="infer") as file:
                    yield from _json_rows(url, file)
        except FileNotFoundError as error:
            raise StoreError(f"{url} is not there") from error
        except (pa.ArrowException, EOFError, zlib.error, LZMAError) as error:
            raise StoreError(
                f"{url} can't be read ({error}): is it damaged, or of another format than its name says?"
            ) from error


def _table_rows(url: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Row]:
    number = 0
    for batch in batches:
        for values in batch.to_pylist():
            number += 1
            yield Row(url, number, values)


def _parquet(url: str) -> Iterator[pa.RecordBatch]:
    with fsspec.open(url, "rb") as file, pq.ParquetFile(file) as opened:
        # Without threads: after a read with them a process may abort as it ends (apache/arrow#34314).
        yield from opened.iter_batches(batch_size=_ROWS_AT_ONCE, use_threads=False)


def _arrow(url: str) -> Iterator[pa.RecordBatch]:
    with fsspec.open(url, "rb") as file, pa.ipc.open_stream(file) as stream:
        for batch in stream:
            for start in range(0, batch.num_rows, _ROWS_AT_ONCE):
                yield batch.slice(start, _ROWS_AT_ONCE)


def _json_rows(url: str, file: BinaryIO) -> Iterator[Row | BadRow]:
    first = file.readline(LONGEST_LINE + 1)
    if _opens_object(first):
        yield BadRow(url, 1, "one JSON object over several lines: rows are lines of their own, or one list of objects")
        return
    if first.lstrip().startswith(b"["):
        yield from _listed(url, first + file.read(16 * LONGEST_LINE))
        return
    number, line = 1, first
    while line:
        if len(line) > LONGEST_LINE:
            yield BadRow(url, number, f"the line is longer than {LONGEST_LINE} bytes")
            while line and not line.endswith(b"\n"):
                line = file.readline(LONGEST_LINE)
        elif line.strip():
            yield _row(url, number, line)
        number, line = number + 1, file.readline(LONGEST_LINE + 1)


def _row(url: str, number: int, line: bytes) -> Row | BadRow:
    try:
        return Row(url, number, msgspec.json.decode(line, type=dict[str, Any]))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return BadRow(url, number, f"not a JSON object: {error}")


def _listed(url: str, data: bytes) -> Iterator[Row | BadRow]:
    try:
        values = msgspec.json.decode(data, type=list[Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        yield BadRow(url, 1, f"not a list of JSON objects: {error}")
        return
    for number, each in enumerate(values, start=1):
        yield Row(url, number, each) if isinstance(each, dict) else BadRow(url, number, "not a JSON object")

"""The folder of an export: written beside its place, whole, and only then put there."""

import hashlib
import os
import shutil
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.lock import held
from pipeline.store.failures import told
from schemas import jsontext
from schemas.failure import Failure

MANIFEST = "export.json"
_FORMAT = 1
_ROWS_PER_GROUP = 1000

Row = tuple[str, Mapping[str, Any]]
"""The file that a row goes to, named by its split, and its columns."""


class ExportError(Failure):
    """The export can't be written there."""


class ExportedFile(msgspec.Struct, frozen=True, kw_only=True):
    """`rows` is None for what is no data."""

    name: str
    bytes: int
    sha256: str
    rows: int | None = None


class ExportManifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an export holds and what it was made from; `stages` name the key of each stage that was read.

    `seed` is None where it is kept back with the answers that it makes again.
    """

    taskmill_export: int
    target: str
    run: str
    seed: int | None
    model: str
    stages: dict[str, str]
    files: tuple[ExportedFile, ...]


class Draft:
    """An export in the making; `rows` are those of its data files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.rows: dict[str, int] = {}

    def text(self, name: str, text: str) -> None:
        """A file of text."""
        self._place(name).write_text(text, encoding="utf-8")

    def parquet(self, folder: str, rows: Iterable[Row], schema: pa.Schema) -> None:
        """`folder/FILE.parquet` for each file that has rows, in groups of 1,000: one of each file in memory."""

        def opened(path: Path, stack: ExitStack) -> Callable[[list[Mapping[str, Any]]], None]:
            writer = stack.enter_context(pq.ParquetWriter(path, schema, compression="zstd", compression_level=3))
            return lambda group: writer.write_table(pa.Table.from_pylist(group, schema=schema))

        self._split(folder, "parquet", rows, opened)

    def json_lines(self, folder: str, rows: Iterable[Row]) -> None:
        """`folder/FILE.jsonl` for each file that has rows."""

        def opened(path: Path, stack: ExitStack) -> Callable[[list[Mapping[str, Any]]], None]:
            file = stack.enter_context(path.open("wb"))
            return lambda group: file.writelines(msgspec.json.encode(row) + b"\n" for row in group)

        self._split(folder, "jsonl", rows, opened)

    def rows_of(self, folder: str) -> dict[str, int]:
        """Rows by file of one folder of data."""
        return {Path(name).stem: rows for name, rows in self.rows.items() if name.rpartition("/")[0] == folder}

    def _split(
        self,
        folder: str,
        suffix: str,
        rows: Iterable[Row],
        opened: Callable[[Path, ExitStack], Callable[[list[Mapping[str, Any]]], None]],
    ) -> None:
        waiting: dict[str, list[Mapping[str, Any]]] = {}
        writers: dict[str, Callable[[list[Mapping[str, Any]]], None]] = {}
        with ExitStack() as stack:

            def flush(name: str) -> None:
                if name not in writers:
                    writers[name] = opened(self._place(name), stack)
                writers[name](waiting[name])
                self.rows[name] = self.rows.get(name, 0) + len(waiting[name])
                waiting[name] = []

            for file, row in rows:
                name = f"{folder}/{file}.{suffix}"
                group = waiting.setdefault(name, [])
                group.append(row)
                if len(group) == _ROWS_PER_GROUP:
                    flush(name)
            for name in [name for name, group in waiting.items() if group]:
                flush(name)

    def _place(self, name: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


@contextmanager
def drafted(output: str, manifest: Callable[[tuple[ExportedFile, ...]], ExportManifest]) -> Iterator[Draft]:
    """A draft that takes its place when the block ends well, with its manifest; an earlier export there goes then.

    Killed at any instant, the place holds an export that is whole, the earlier or the new one, or nothing. Raises
    ExportError for a folder that holds other things, BusyError, StoreError where the disk refuses.
    """
    if "://" in output:
        raise ExportError(f"{output}: an export is written to a folder of this machine; copy it from there")
    place = Path(output).resolve()
    draft, before = (place.with_name(f".{place.name}~{socket.gethostname()}.{kind}") for kind in ("new", "old"))
    with held(str(place.with_name(f".{place.name}.lock")), output), told(output, local=True):
        place.parent.mkdir(parents=True, exist_ok=True)
        if before.exists() and not place.exists():
            before.rename(place)  # killed between the two renames below
        for left in (draft, before):
            shutil.rmtree(left, ignore_errors=True)
        if place.exists() and not (place / MANIFEST).is_file() and (place.is_file() or any(place.iterdir())):
            raise ExportError(f"{output} is no export (it has no {MANIFEST}) and is left as it is: name another folder")
        draft.mkdir()
        try:
            made = Draft(draft)
            yield made
            said = jsontext.encoded(manifest(tuple(_files(made))))
            (draft / MANIFEST).write_bytes(msgspec.json.format(said, indent=1) + b"\n")
            _sync(draft)
            if place.exists():
                place.rename(before)
            draft.rename(place)
            shutil.rmtree(before, ignore_errors=True)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def manifest_of(folder: Path) -> ExportManifest:
    """The manifest of an export. Raises ExportError where there is none, or one of a newer Taskmill."""
    try:
        found = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=ExportManifest)
    except (OSError, msgspec.DecodeError) as error:
        raise ExportError(f"{folder} is no export of Taskmill: {error}") from error
    if found.taskmill_export > _FORMAT:
        raise ExportError(f"{folder} was written by a newer Taskmill (format {found.taskmill_export}): update Taskmill")
    return found


def new_manifest(**said: Any) -> ExportManifest:
    return ExportManifest(taskmill_export=_FORMAT, **said)


def _files(draft: Draft) -> Iterator[ExportedFile]:
    for path in sorted(each for each in draft.root.rglob("*") if each.is_file()):
        name = path.relative_to(draft.root).as_posix()
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        yield ExportedFile(name=name, bytes=path.stat().st_size, sha256=digest, rows=draft.rows.get(name))


def _sync(folder: Path) -> None:
    """Names that are renamed last only once what they name is on the disk."""
    for path in [*folder.rglob("*"), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

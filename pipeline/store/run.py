"""A run: one folder at any fsspec URL, with `run.json` and one folder a stage."""

import json
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any, TypeVar

import msgspec

from pipeline.store import damage, files, manifest
from pipeline.store.checked import checked, with_check
from pipeline.store.failures import DamageError, StoreError
from pipeline.store.stage import Stage
from schemas import jsontext
from schemas.arrow import version_of

RecordT = TypeVar("RecordT", bound=msgspec.Struct)

RUN_FILE = "run.json"
_FORMAT = 1
_LIBRARIES = ("taskmill", "pyarrow", "polars", "msgspec", "python-sat", "sympy", "torch", "transformers", "vllm")


class _RunFile(msgspec.Struct, frozen=True, kw_only=True):
    """What `run.json` holds; `earlier` are the states before, oldest first, when a run is resumed under another one."""

    taskmill_run: int
    config: dict[str, Any]
    seed: int
    versions: dict[str, str]
    earlier: list[dict[str, Any]] = []


@dataclass(frozen=True)
class Run:
    """An open run. Picklable."""

    url: str
    config: dict[str, Any]
    seed: int

    def stage(self, name: str, record: type[RecordT], *, count: int, key: object, paid: bool = False) -> Stage[RecordT]:
        """The stage's shards under this key, resumed where some are there; what is damaged of them is set aside.

        `key` is any JSON value: the slice of the config that matters to the content, the code and family versions,
        and what was read: the input stage's key where shard i depends on input shard i alone, the sha256s of all
        its shards where it depends on more. The run's seed, the record and its schema version are added. `count` is
        the number of shards; it is not part of the key, so a longer run keeps what a shorter one made. `paid` rows are
        salvaged from damaged shards.
        """
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise StoreError(f"{name!r} is no stage name: use small letters, digits and _")
        made_of = {
            "stage": name,
            "record": record.__name__,
            "schema_version": version_of(record),
            "seed": self.seed,
            "key": key,
        }
        stage = Stage(self.url, name, jsontext.digest(made_of)[:16], record, count, paid)
        stage.clean()
        stage.mend()
        if "key.json" not in files.sizes(stage.url):
            files.write_whole(f"{stage.url}/key.json", _pretty(made_of))
        return stage

    def sealed(self, name: str, record: type[RecordT]) -> Stage[RecordT] | None:
        """The stage as it was last finished, or None. Raises StoreError where it holds other records."""
        if manifest.SEALED not in files.sizes(f"{self.url}/{name}"):
            return None
        sealed = manifest.read_sealed(f"{self.url}/{name}")
        if sealed.record != record.__name__:
            raise StoreError(f"stage {name} of {self.url} holds {sealed.record} rows, not {record.__name__} rows")
        return Stage(self.url, name, sealed.key, record, len(sealed.shards))

    def versions(self) -> dict[str, str]:
        """Of Python and the libraries that were last at work on it. Raises StoreError where `run.json` is gone."""
        if (found := _read(self.url)) is None:
            raise StoreError(f"{self.url} is not a run: it has no {RUN_FILE}")
        return found.versions


def open_run(url: str, *, config: Mapping[str, Any], seed: int) -> Run:
    """Makes a run, or resumes the one that is there; a changed config is written down beside the earlier one.

    A damaged `run.json` is kept aside and written anew. Raises StoreError for a folder that holds other things than a
    run.
    """
    url = _place(url)
    files.sweep(url)
    now = _RunFile(
        taskmill_run=_FORMAT, config=json.loads(jsontext.dumps(dict(config))), seed=seed, versions=_versions()
    )
    try:
        before = _read(url)
        others = [] if before is not None else _content(url)
    except DamageError:
        if not _was_a_run(url):
            raise
        damage.keep_copy(url, RUN_FILE)
        before, others = None, []
    if others:
        raise StoreError(f"{url} is not a run and not empty (it has {others[0]}): choose another folder")
    if before is not None:
        now = msgspec.structs.replace(now, earlier=before.earlier)
        if now != before:
            state = {"config": before.config, "seed": before.seed, "versions": before.versions}
            now = msgspec.structs.replace(now, earlier=[*before.earlier, state])
    if now != before:
        files.write_whole(f"{url}/{RUN_FILE}", _pretty(with_check(now)))
    return Run(url, now.config, seed)


def load_run(url: str) -> Run:
    """The run that is there, to read it. Raises StoreError where there is none."""
    url = files.absolute(url)
    found = _read(url)
    if found is None:
        raise StoreError(f"{url} is not a run: it has no {RUN_FILE}")
    return Run(url, found.config, found.seed)


def clear_run(url: str) -> None:
    """Deletes a run with all in it; nothing happens where there is nothing. Raises StoreError for any other folder."""
    url = _place(url)
    found = _content(url)
    if not found:
        return
    if RUN_FILE not in found or not _was_a_run(url):
        raise StoreError(f"{url} is not a run (it has no {RUN_FILE}) and is left as it is: delete it yourself")
    # run.json goes last, so that a half cleared run is still one and can be cleared again.
    for name in found:
        if name != RUN_FILE:
            files.remove(f"{url}/{name}")
    files.remove(f"{url}/{RUN_FILE}")
    if files.LOCK not in files.sizes(url):
        files.remove(url)


def _place(url: str) -> str:
    if marks := [mark for mark in "*?[" if mark in url]:
        raise StoreError(f"the folder of a run cannot have {' '.join(marks)} in its name: {url}")
    return files.absolute(url)


def _content(url: str) -> list[str]:
    """Names of what is in a folder, but for who is at work there."""
    return [name for name in (*files.sizes(url), *files.subfolders(url)) if name != files.LOCK]


def _was_a_run(url: str) -> bool:
    """Whether `run.json`, damaged or not, or what is beside it, was written here."""
    if b'"taskmill_run"' in files.read_whole(f"{url}/{RUN_FILE}"):
        return True
    return any(manifest.SEALED in files.sizes(f"{url}/{name}") for name in files.subfolders(url))


def _read(url: str) -> _RunFile | None:
    if RUN_FILE not in files.sizes(url):
        return None
    try:
        found = checked(files.read_whole(f"{url}/{RUN_FILE}"), _RunFile)
    except msgspec.DecodeError as error:
        raise DamageError(
            f"{url}/{RUN_FILE} is not a run's, or damaged ({error}): `taskmill run` its config again, which writes it "
            "anew, or choose another folder"
        ) from error
    if found.taskmill_run > _FORMAT:
        raise StoreError(f"{url} was made by a newer taskmill (run format {found.taskmill_run}): update taskmill")
    return found


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _pretty(value: object) -> bytes:
    return (json.dumps(msgspec.to_builtins(value), indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()

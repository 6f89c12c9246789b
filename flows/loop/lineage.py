"""Where each checkpoint of a loop comes from: weights, shards and samples by their hashes, round by round.

`lineage.json` in the loop's folder has a round once it is done. Paths are relative to that folder.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from filters.exploring import Tried
from flows.loop.config import RoundsConfig
from pipeline.config import checked
from pipeline.models import resolve
from pipeline.models.errors import ModelError
from pipeline.store import Stage, read_shards
from pipeline.store.files import read_whole, write_whole
from schemas import CurriculumRow, Failure

FILE = "lineage.json"
_FORMAT = 1
FREE = frozenset({"rounds", "patience", "workers", "runner"})
"""Keys that may change between the rounds of a loop."""


class LineageError(Failure, ValueError):
    """What a loop was made of is no longer what it was; the message names it."""


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """A model: its name or hub id, or a path in the loop's folder where it was `made` there; and what its weights are
    known by."""

    name: str
    revision: str
    made: bool = False


class Shard(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    rows: int
    sha256: str


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One round that is done.

    `sampled_by` rolled out its tasks, in shards `tasks`; a training that began from `began_from` read `trained_on` and
    made `checkpoint`, whose held-out samples are in `evaluation`. `grid` is what the pilot tried, and `chosen` what was
    taken of it. `judges` are the models that had a say, with what their weights are known by.
    """

    number: int
    seed: int
    plan: str
    sampled_by: Weights
    began_from: Weights
    judges: dict[str, str]
    tasks: tuple[Shard, ...]
    trained_on: tuple[Shard, ...]
    checkpoint: Weights
    evaluation: tuple[Shard, ...]
    chosen: Tried | None = None
    grid: tuple[Tried, ...] = ()


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """A loop so far: its config, what is held out, the model it began with and that one's held-out samples."""

    taskmill_rounds: int = _FORMAT
    config: dict[str, Any]
    held_out: tuple[Shard, ...] = ()
    base: Weights | None = None
    evaluation: tuple[Shard, ...] = ()
    rounds: tuple[Round, ...] = ()


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """A task that was trained on: item `index` of the stream of its family, parameters and seed."""

    id: str
    family: str
    level: int
    seed: int
    index: int


class Ancestor(msgspec.Struct, frozen=True, kw_only=True):
    """A round that a checkpoint comes from, with the tasks of the curriculum that it made."""

    round: Round
    tasks: tuple[Origin, ...]


def is_loop(url: str) -> bool:
    return "://" not in url and (Path(url) / FILE).is_file()


def read_lineage(folder: str) -> Lineage | None:
    """The lineage of a loop's folder, None where there is none. Raises LineageError for a damaged or newer one."""
    try:
        lineage = msgspec.json.decode(read_whole(f"{folder}/{FILE}"), type=Lineage)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as problem:
        raise LineageError(f"{folder}/{FILE} can't be read ({problem}): begin the loop anew with --fresh") from None
    if lineage.taskmill_rounds > _FORMAT:
        raise LineageError(f"{folder}/{FILE} is of a newer taskmill: update taskmill")
    return lineage


def write_lineage(folder: str, lineage: Lineage) -> None:
    write_whole(f"{folder}/{FILE}", msgspec.json.format(msgspec.json.encode(lineage), indent=1))


def shards_in(folder: str, stage: Stage[Any]) -> tuple[Shard, ...]:
    """The shards of a stage of a run inside the loop's folder."""
    whole = Path(folder).resolve()
    return tuple(
        Shard(path=str(Path(stage.path(info.shard)).resolve().relative_to(whole)), rows=info.rows, sha256=info.sha256)
        for info in stage.shards()
    )


def weights_made(folder: str, model: str) -> Weights:
    """The weights of a model folder inside the loop's folder."""
    place = Path(model).resolve().relative_to(Path(folder).resolve())
    return Weights(name=str(place), revision=resolve(model).revision, made=True)


def place_of(folder: str, weights: Weights) -> str:
    """The name by which the registry finds the weights."""
    return f"{folder}/{weights.name}" if weights.made else weights.name


def verified(folder: str, lineage: Lineage, config: dict[str, Any]) -> None:
    """Raises LineageError where the loop can't go on from what was done, and names what has changed since."""
    before = checked(dict(lineage.config), RoundsConfig).model_dump(mode="json")
    for key in sorted(before.keys() - FREE) if lineage.rounds else ():
        if config.get(key) != before[key]:
            raise LineageError(
                f"{key}: it was {before[key]!r} when the first {len(lineage.rounds)} rounds of {folder} were made, and "
                f"is {config.get(key)!r}: set it back, give another name, or begin anew with --fresh"
            )
    if lineage.base is not None:
        _same_weights(folder, lineage.base, "the model that the loop began with")
    _refuse_changes(folder, lineage)


def lineage_of(checkpoint: str) -> list[Ancestor]:
    """The rounds that a checkpoint of a loop comes from, the last one first, with their tasks and seeds.

    `checkpoint` is its model folder, or any folder above that one inside of the round. A round that went on from the
    one before comes from that one's checkpoint; one that began anew still has its tasks from models of all before.
    Raises LineageError for what no loop has made, or has since changed.
    """
    place = Path(checkpoint).resolve()
    folder = next((str(each) for each in place.parents if (each / FILE).is_file()), None)
    lineage = read_lineage(folder) if folder is not None else None
    if folder is None or lineage is None:
        raise LineageError(f"{checkpoint}: no folder above it has a {FILE}, so no loop has made it")
    _refuse_changes(folder, lineage)
    inside = place.relative_to(Path(folder).resolve())
    found = [each for each in lineage.rounds if Path(each.checkpoint.name).is_relative_to(inside)]
    if len(found) != 1:
        raise LineageError(
            f"{checkpoint}: {folder} has {len(lineage.rounds)} finished rounds, and this is none's model"
        )
    own = [each for each in lineage.rounds if each.number <= found[0].number]
    return [Ancestor(round=each, tasks=tuple(_origins(folder, _latest(each, own)))) for each in reversed(own)]


def _refuse_changes(folder: str, lineage: Lineage) -> None:
    """Of all that the loop itself has made."""
    for shard in lineage.held_out:
        _same_bytes(folder, shard, "a held-out shard")
    for shard in lineage.evaluation:
        _same_bytes(folder, shard, "samples of that model")
    for each in lineage.rounds:
        for shard in each.tasks:
            _same_bytes(folder, shard, f"tasks of round {each.number}")
        for shard in each.trained_on:
            _same_bytes(folder, shard, f"what round {each.number} was trained on")
        _same_weights(folder, each.checkpoint, f"the checkpoint of round {each.number}")
        for shard in each.evaluation:
            _same_bytes(folder, shard, f"held-out samples of round {each.number}")


def _latest(of: Round, rounds: Sequence[Round]) -> list[Shard]:
    """The shards that a round's training read and no earlier one's had."""
    before = {shard.path for each in rounds if each.number < of.number for shard in each.trained_on}
    return [shard for shard in of.trained_on if shard.path not in before]


def _origins(folder: str, shards: Sequence[Shard]) -> Iterator[Origin]:
    for shard in shards:
        for row in read_shards(f"{folder}/{shard.path}", CurriculumRow):
            yield Origin(id=row.id, family=row.family, level=row.level, seed=row.seed, index=row.index)


def _same_bytes(folder: str, shard: Shard, what: str) -> None:
    path = f"{folder}/{shard.path}"
    try:
        now = sha256(read_whole(path)).hexdigest()
    except FileNotFoundError:
        raise LineageError(f"{path}, {what}, is gone: put it back, or begin the loop anew with --fresh") from None
    if now != shard.sha256:
        raise LineageError(
            f"{path}, {what}, had the sha256 {shard.sha256[:12]} and has {now[:12]}: put it back, or begin the loop "
            "anew with --fresh"
        )


def _same_weights(folder: str, weights: Weights, what: str) -> None:
    name = place_of(folder, weights)
    try:
        now = resolve(name).revision
    except ModelError as problem:
        raise LineageError(f"{name}, {what}, is gone ({problem}): put it back, or begin the loop anew") from None
    if now != weights.revision:
        raise LineageError(
            f"{name}, {what}, was {weights.revision} and is {now}: put its weights back, or begin the loop anew with "
            "--fresh"
        )

"""The plan of a round, written down before it is followed: how many tasks of each cell, and why.

A pure function of the config and of what the rounds before have left; the file is what the round goes by.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from filters.aiming import CellKey, Evidence, evidence
from filters.weakness import (
    Allotment,
    Course,
    Visit,
    course_of,
    first_allotment,
    next_allotment,
    same_again,
    visits_of,
)
from flows.aim import cells_of
from flows.config import RunConfig, config_of, model_of
from flows.loop.config import RoundsConfig
from flows.training_folder import training_folder
from pipeline.config import checked
from pipeline.store import Run, Stage, StoreError, load_run, read_columns
from pipeline.store.files import read_whole, write_whole
from schemas import CurriculumRow, Difficulty, Rollout, Task
from trainer.record import read_rollouts, sampled_steps

RecordT = TypeVar("RecordT", bound=msgspec.Struct)


def round_name(number: int) -> str:
    """The folder of a round, counted from 1, inside the loop's."""
    return f"round-{number:02}"


def plan_path(number: int) -> str:
    """The file of a round's plan, relative to the loop's folder."""
    return f"plans/{round_name(number)}.json"


def planned(config: RoundsConfig, number: int) -> list[Allotment]:
    """The plan of a round: the one that is written down, or made from the rounds before and written down."""
    try:
        return read_plan(config.url, number)
    except FileNotFoundError:
        plan = _made(config, number)
        write_whole(f"{config.url}/{plan_path(number)}", msgspec.json.format(msgspec.json.encode(plan), indent=1))
        return plan


def read_plan(folder: str, number: int) -> list[Allotment]:
    """Raises FileNotFoundError where the round is not planned, StoreError for a damaged file."""
    path = f"{folder}/{plan_path(number)}"
    data = read_whole(path)
    try:
        return msgspec.json.decode(data, type=list[Allotment])
    except msgspec.DecodeError as problem:
        raise StoreError(f"{path} is damaged ({problem}): delete it, and the plan is made anew") from None


def run_of(
    config: RoundsConfig, number: int, plan: Sequence[Allotment], model: str, changes: dict[str, Any] | None = None
) -> RunConfig:
    """The round as an ordinary run: the plan's tasks, none of them held out or of an earlier round, and this model.

    `changes` are further keys of a run, section by section.
    """
    rounds = [round_name(each) for each in range(1, number + 1)]
    base = config.train_from == "base"
    training: dict[str, Any] = {
        "model": config.begun_from.name,
        "shards": [f"{config.url}/{name}/curriculum_train" for name in rounds],
    }
    given = config.as_run()
    own: dict[str, Any] = {
        "name": rounds[-1],
        "output": config.url,
        "tasks": given["tasks"]
        | {
            "sources": [source_of(config, each) for each in plan if each.count],
            "apart_from": [
                *config.tasks.apart_from,
                f"{config.url}/held-out/held_out",
                *(f"{config.url}/{name}/unique" for name in rounds[:-1]),
            ],
        },
        "model": given.get("model", {}) | {"name": model},
        "train": given["train"] | (training if base else {}),
    }
    for key, value in (changes or {}).items():
        own[key] = {**own.get(key, given.get(key, {})), **value} if isinstance(value, dict) else value
    return checked(given | own, RunConfig)


def source_of(config: RoundsConfig, cell: Allotment) -> dict[str, Any]:
    """A source that makes just the cell's items."""
    given = config.tasks.sources[cell.source].model_dump(mode="json", exclude_unset=True)
    rung = {"levels": [cell.level]} if cell.level else {}
    return given | rung | {"start": cell.start, "count": cell.count}


def _made(config: RoundsConfig, number: int) -> list[Allotment]:
    cells = cells_of(config)
    if number == 1:
        return first_allotment(cells)
    made: dict[CellKey, int] = defaultdict(int)
    for earlier in range(1, number):
        for row in read_plan(config.url, earlier):
            made[row.key] += row.count
    if config.weakness is None:
        return same_again(cells, made)
    before = load_run(f"{config.url}/{round_name(number - 1)}")
    courses, seen = courses_of(before), evidence_of(before)
    return next_allotment(cells, made, courses, seen, config.weakness.explore, config.difficulty.band_low)


def courses_of(run: Run) -> dict[CellKey, Course]:
    """How the problems of each cell of a finished round fared: in its rollouts, and at every step of its training."""
    unique, rollouts, rows = _sealed(run, "unique", Task), _sealed(run, "rollouts", Rollout), _training_split(run)
    config = config_of(run)
    assert config.train is not None  # every round trains
    cell_of = _cells(unique)
    output = training_folder(run, config.train, model_of(config).name, rows)
    visits = visits_of(rollouts.records(), 0)
    visits += [visit for step in sampled_steps(output) for visit in visits_of(read_rollouts(output, step), step)]
    by_cell: dict[CellKey, list[Visit]] = defaultdict(list)
    for visit in visits:
        if visit.task in cell_of:  # a training that began anew sees tasks of earlier rounds too
            by_cell[cell_of[visit.task]].append(visit)
    return {key: course_of(own) for key, own in by_cell.items()}


def evidence_of(run: Run) -> dict[CellKey, Evidence]:
    """What a finished round's difficulties say of each cell."""
    unique, graded = _sealed(run, "unique", Task), _sealed(run, "difficulty", Difficulty)
    cell_of = _cells(unique)
    return evidence(
        ((key, task) for task, key in cell_of.items()),
        ((cell_of[each.task_id], each) for each in graded.records()),
    )


def training_output(run: Run) -> Path:
    """The folder of a round's training."""
    config = config_of(run)
    assert config.train is not None
    return training_folder(run, config.train, model_of(config).name, _training_split(run))


def _training_split(run: Run) -> Stage[CurriculumRow]:
    return _sealed(run, "curriculum_train", CurriculumRow)


def _cells(unique: Stage[Task]) -> dict[str, CellKey]:
    """The cell of each task, by id."""
    cells: dict[str, CellKey] = {}
    for info in unique.shards():
        columns = read_columns(unique.path(info.shard), Task, ["id", "family", "params"]).to_pydict()
        keys = zip(columns["family"], columns["params"], strict=True)
        cells |= dict(zip(columns["id"], keys, strict=True))
    return cells


def _sealed(run: Run, name: str, record: type[RecordT]) -> Stage[RecordT]:
    stage = run.sealed(name, record)
    if stage is None:
        raise StoreError(f"{run.url} has no finished {name}: go on with `taskmill rounds`, then ask again")
    return stage

"""Every stage of a small run, as its command does it, in this process: no Prefect server, a scripted engine.

A stage needs those before it; what it makes is a function of them, so that a run that was disturbed must come to the
same bytes.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from prefect.tasks import Task as PrefectTask

import flows.rollout
import flows.shards
from flows.asking import Alone
from flows.config import RunConfig
from flows.curriculum import make_curriculum
from flows.dedup import deduplicate, unique_tasks
from flows.export.command import export_run
from flows.generate import generate, tasks_stage
from flows.graded import Graded
from flows.pairs import PreferencesConfig, make_pairs
from flows.report import print_report
from flows.rollout import limits_of, roll_out_shards, rollout_stages
from flows.rubrics import RubricsConfig, make_rubrics
from flows.selection import Selected, select, selected_stages
from generators.judging import judge_here
from generators.stream import tasks_of
from generators.worked import worked_solution
from pipeline.config import checked
from pipeline.engines.config import ModelConfig
from pipeline.engines.protocol import Engine
from pipeline.store import Run, open_run
from pipeline.store.shard import shard_bytes, table_of
from schemas import Task
from tests.filters.scripted import ScriptedEngine

CONFIG: Mapping[str, Any] = {
    "name": "small",
    "seed": 3,
    "tasks": {"shard_size": 6, "sources": [{"family": "arithmetic.chain", "count": 12, "levels": [5]}]},
    "dedup": {"memory": "2kB"},  # three keys: of more tasks they are compared in parts
    "model": {"name": "scripted"},
    "difficulty": {"cap": 8, "prior": "jeffreys"},
    "curriculum": {"keep": ["too_hard", "in_band", "too_easy", "undecided"]},
}


class Paying(ScriptedEngine):
    """Answers half of the time rightly, and writes down each sample that it was paid for."""

    kind = "server"  # whose tokens no tokenizer reads

    def __init__(self, answers: Mapping[str, str], paid: Path) -> None:
        super().__init__(answers, dict.fromkeys(answers, 0.5))
        self._paid = paid

    def _text(self, task_id: str, seed: int) -> str:
        with self._paid.open("a") as log:
            log.write(f"{task_id} {seed}\n")
        return super()._text(task_id, seed)


def without_prefect(change: Callable[[Any, str, Any], None] = setattr) -> None:
    """Prefect tasks are done at once by whoever submits them, and weights need no model; `change` sets attributes."""

    def done(task: Any, *args: Any, **kwargs: Any) -> Any:
        value = task.fn(*args, **kwargs)
        return SimpleNamespace(result=lambda: value)

    def take_first(under_way: list[Any]) -> Any:
        return under_way.pop(0).result()

    change(PrefectTask, "submit", done)
    change(flows.shards, "take_first", take_first)
    change(flows.rollout, "take_first", take_first)
    change(flows.rollout, "weights_of", lambda model: {"revision": "1"})


def import_all() -> None:
    """What would be imported when it is first needed."""
    tasks = [task for segment in checked(CONFIG, RunConfig).segments() for task in tasks_of(segment)]
    table_of(shard_bytes(tasks, Task)[0], Task, "here")


def opened(output: str) -> tuple[Run, RunConfig]:
    """The run in a folder of any storage; the config that it keeps names no place, so that bytes can be compared."""
    config = checked(CONFIG, RunConfig)
    return open_run(f"{output}/small", config=config.model_dump(mode="json"), seed=config.seed), config


def generated(output: str, paid: Path) -> None:
    generate(*opened(output))


def deduplicated(output: str, paid: Path) -> None:
    run, config = opened(output)
    deduplicate(run, config, tasks_stage(run, config))


def rolled_out(output: str, paid: Path) -> None:
    run, config = opened(output)
    unique = unique_tasks(run, config)
    tasks, rollouts = list(unique.records()), rollout_stages(run, config, _model(config), unique)[0]
    with paid.open("a") as log:
        stored = [each for shard in range(rollouts.count) for each in rollouts.so_far(shard)]
        log.writelines(f"stored {each.task_id} {each.seed}\n" for each in stored)
    engine = Paying({task.id: task.answer for task in tasks}, paid)
    engine.thoughts = {task.id: "\n".join(worked_solution(task)) + "\n" for task in tasks}
    roll_out_by(engine, output)


def roll_out_by(engine: Engine, output: str) -> None:
    """The stages `rollouts` and `difficulty`, as an engine answers."""
    run, config = opened(output)
    unique = unique_tasks(run, config)
    rollouts, graded = rollout_stages(run, config, _model(config), unique)
    asked = Alone(lambda: engine, judge_here)
    roll_out_shards(asked, config, unique, unique.shards(), rollouts, graded, limits_of(config))
    rollouts.seal()
    graded.seal()


def selected(output: str, paid: Path) -> None:
    run, config = opened(output)
    select(run, config, _graded(run, config))


def split(output: str, paid: Path) -> None:
    run, config = opened(output)
    graded = _graded(run, config)
    make_curriculum(run, config, graded, Selected(*selected_stages(run, config, graded)))


def paired(output: str, paid: Path) -> None:
    make_pairs(opened(output)[0], PreferencesConfig())


def rubrics_made(output: str, paid: Path) -> None:
    make_rubrics(opened(output)[0], RubricsConfig(planted=2))


def reported(output: str, paid: Path) -> None:
    print_report(opened(output)[0])


def exported(output: str, paid: Path) -> None:
    export_run(f"{output}/small", "trl", f"{output}/trl", [], [])


STAGES: Mapping[str, Callable[[str, Path], None]] = {
    "generate": generated,
    "dedup": deduplicated,
    "rollout": rolled_out,
    "select": selected,
    "curriculum": split,
    "pairs": paired,
    "rubrics": rubrics_made,
    "report": reported,
    "export": exported,
}
"""In the order of the data."""


def _graded(run: Run, config: RunConfig) -> Graded:
    unique = unique_tasks(run, config)
    return Graded(unique, *rollout_stages(run, config, _model(config), unique))


def _model(config: RunConfig) -> ModelConfig:
    assert config.model is not None
    return config.model


def paid_twice(paid: Path) -> list[str]:
    """The samples that were paid for when they were stored already."""
    stored: set[str] = set()
    twice: list[str] = []
    for line in paid.read_text().splitlines() if paid.exists() else ():
        if line.startswith("stored "):
            stored.add(line.removeprefix("stored "))
        elif line in stored:
            twice.append(line)
    return twice


def all_done(folder: Path) -> None:
    """Every stage that is missing of the run in a local folder."""
    for work in STAGES.values():
        work(str(folder), folder / "paid")


def files_of(folder: Path) -> dict[str, str]:
    """The hashes of what is there by name, but for what it has cost, what was damaged, and the log of what was paid.

    A report tells of costs: of it only whether it is whole.
    """
    found = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {
        str(name): _told_of(path)
        for name, path in sorted(found.items())
        if not {"costs", "_damaged", "paid"}.intersection(name.parts)
    }


def _told_of(path: Path) -> str:
    data = path.read_bytes()
    if path.name == "report.html":
        return "whole" if data.endswith(b"</html>\n") else "cut"
    return sha256(data).hexdigest()

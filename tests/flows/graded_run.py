"""A whole run of many families in a moment: real tasks, copies among them, and responses of a scripted engine, of which
some are hostile."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from filters.curriculum import curriculum
from filters.rollouts import difficulties, roll_out
from flows.config import RunConfig
from flows.hits import ITEMS, Items, document_of_task, keep_items
from generators.stream import tasks_of
from pipeline.config import load_config
from pipeline.store import Run, Stage, open_run
from schemas import CurriculumRow, Difficulty, Hit, LeftOut, Removed, Rollout, Task
from tests.filters.scripted import SAMPLING, scripted

CONFIG = """
name: many
seed: 3
tasks:
  shard_size: 40
  sources:
  - {family: arithmetic.chain, count: 40, levels: [1, 2, 3]}
  - {family: graphs.shortest_path, count: 5, levels: [2, 4, 6]}
  - {family: grids.futoshiki, count: 6, levels: [1, 2, 3]}
  - {family: grids.sudoku, count: 8, levels: [1, 2, 4, 7]}
  - {family: logic.zebra, count: 5, levels: [1, 3]}
  - {family: planning.blocks_world, count: 5, levels: [2, 4]}
  - {family: planning.sliding_tiles, count: 5, levels: [1, 3, 5]}
  - {family: planning.sokoban, count: 5, levels: [2, 3]}
  - {family: strings.word_sorting, count: 20, levels: [1, 2, 3, 4]}
model: {name: org/middle}
difficulty: {cap: 8, prior: jeffreys}
curriculum: {keep: [in_band, too_easy], most_common_answer: 0.05}
"""

TASKS = """
name: alone
model: null
tasks: {sources: [{family: grids.sudoku, count: 3, levels: [4]}]}
"""

RATES: Mapping[int, float] = {1: 0.9, 2: 0.6, 3: 0.4, 4: 0.25}

HOSTILE = (
    "<script>document.title = 'stolen'</script>",
    "</script></pre><img src=http://127.0.0.1:9/spy.png onerror=\"document.title = 'stolen'\">",
    "<!-- <script> ]]> &lt; ${7 * 7} {{ 7 * 7 }} {% endraw %} \\u003c/script>",
    "\u202eturned round\u202c \x00\x1b[2J\x07 \ufeff\u2028",
    "much " * 400_000,
)


def tasks_run(folder: Path) -> Run:
    """A run without a model, whose tasks are all unique."""
    (folder / "tasks.yaml").write_text(TASKS)
    config = load_config(folder / "tasks.yaml", RunConfig, [f"output={folder}"])
    run = open_run(config.url, config=config.model_dump(mode="json"), seed=config.seed)
    tasks = [task for segment in config.segments() for task in tasks_of(segment)]
    for name, record, members in (("tasks", Task, tasks), ("unique", Task, tasks), ("removed", Removed, [])):
        _write(run, name, record, members)
    return run


def made_run(folder: Path, on_hit: str | None = None) -> Run:
    """The run in a folder of its own inside; the first wrong responses say what is hostile, and are told `overlong`.

    With `on_hit` it was compared with a benchmark, of which each family's first unique task is an item.
    """
    compared = f"contamination: {{benchmarks: [{{name: little, path: [gone.jsonl]}}], on_hit: {on_hit}}}\n"
    (folder / "many.yaml").write_text(CONFIG + compared * (on_hit is not None))
    config = load_config(folder / "many.yaml", RunConfig, [f"output={folder}"])
    run = open_run(config.url, config=config.model_dump(mode="json"), seed=config.seed)
    tasks = [task for segment in config.segments() for task in tasks_of(segment)]
    kept: dict[str, Task] = {}
    for task in tasks:
        kept.setdefault(task.canonical, task)
    unique = list(kept.values())
    copies = [
        Removed(
            **msgspec.structs.asdict(task),
            kept_id=kept[task.canonical].id,
            method="canonical",
            score=1.0,
            reason="its canonical key is that of a task that comes before it",
        )
        for task in tasks
        if kept[task.canonical] is not task
    ]
    engine = scripted(unique, [RATES.get(task.level, 0.05) for task in unique])
    rollouts = [each for batch in roll_out(unique, engine, SAMPLING, config.difficulty, run.seed) for each in batch]
    graded = difficulties(unique, rollouts, config.difficulty, engine.model, engine.revision)
    wrong = [place for place, each in enumerate(rollouts) if each.score == 0.0]
    for place, text in zip(wrong, HOSTILE, strict=False):
        hostile = {"text": text, "extracted": text, "detail": text[:80], "reason": "overlong"}
        rollouts[place] = msgspec.structs.replace(rollouts[place], **hostile)
    wanted = {each.task_id for each in graded if each.decision in config.curriculum.keep}
    rows, left_out = curriculum([task for task in unique if task.id in wanted], graded, config.curriculum, run.seed)
    for name, record, members in (
        ("tasks", Task, tasks),
        ("unique", Task, unique),
        ("removed", Removed, copies),
        ("rollouts", Rollout, rollouts),
        ("difficulty", Difficulty, graded),
        *((f"curriculum_{split}", CurriculumRow, own) for split, own in rows.items()),
        ("left_out", LeftOut, left_out),
    ):
        _write(run, name, record, members)
    if on_hit is not None:
        _found(run, list({task.family: task for task in reversed(unique)}.values()))
    return run


def _found(run: Run, tasks: list[Task]) -> None:
    documents = [document_of_task(task) for task in tasks]
    hits = [
        Hit(
            id=each.id,
            source=each.source,
            benchmark="little",
            item=each.id,
            method="canonical",
            score=1.0,
            reason="equal canonical keys",
            excerpt=f"{HOSTILE[1]} {each.text[:100]}",
        )
        for each in documents
    ]
    _write(run, "hits", Hit, hits)
    found = run.sealed("hits", Hit)
    assert found is not None
    keep_items(f"{found.url}/{ITEMS}", [Items("little", documents)])


def _write(run: Run, name: str, record: type[Any], rows: list[Any]) -> None:
    stage: Stage[Any] = run.stage(name, record, count=1, key=0)
    stage.write(0, rows)
    stage.seal()

"""A plan against what is then made: tasks of real families, a scripted model of known pass rates, a real store."""

from pathlib import Path
from random import Random
from typing import Any

import msgspec
import numpy as np
import pytest

from flows.compared import Compared, piled
from flows.config import RunConfig
from flows.costs import costs_of
from flows.dedup import unique_stages, write_unique
from flows.generate import tasks_stage
from flows.plan.command import cells_table, plan_table, prices_of
from flows.plan.earlier import seen_in
from flows.plan.evidence import RatesError, Seen
from flows.plan.forecast import plan_of
from flows.plan.pilot import seen_by_pilot
from flows.run import throw_away
from flows.work import ShardJob, UniqueStages, graded_shard, write_tasks
from flows.workers import HERE
from generators.judging import judge_here
from generators.stream import cut
from pipeline.config import ConfigError, checked
from pipeline.costs.plan import PLAN, TOTAL, Plan, plan_bytes, plan_in
from pipeline.costs.prices import Prices
from pipeline.report.blocks import Table
from pipeline.report.costs import compared, costs_section
from pipeline.store import Run, open_run
from schemas import Difficulty, Rollout, Task, from_table
from tests.filters.scripted import scripted

SOURCES = [
    {"family": "arithmetic.chain", "count": 60, "levels": [1, 2]},
    {"family": "strings.word_sorting", "count": 60, "levels": [1]},
]


def config_of(folder: Path, times: int = 1, **changes: Any) -> RunConfig:
    """A config with `times` as many tasks."""
    sources = [source | {"count": 60 * times} for source in SOURCES]
    given = {
        "name": f"times{times}",
        "output": str(folder),
        "tasks": {"sources": sources, "shard_size": 100},
        "model": {"name": "scripted"},
        "sampling": {"max_tokens": 32, "stop": ["\n"]},
        "difficulty": {"cap": 24},
    }
    return checked(given | changes, RunConfig)


def made(config: RunConfig) -> Run:
    """The stages of a run, by the functions that its workers call."""
    run = open_run(config.url, config=config.model_dump(mode="json"), seed=config.seed)
    tasks = tasks_stage(run, config)
    for shard, segments in enumerate(cut(config.segments(), config.tasks.shard_size)):
        write_tasks(tasks, shard, segments)
    tasks.seal()
    unique, removed = unique_stages(run, config, tasks)
    stages = UniqueStages(tasks, unique, removed)
    write_unique.fn(stages, piled(tasks, unique, range(tasks.count), ()), Compared(), HERE, lambda count, note: None)
    rollouts = run.stage("rollouts", Rollout, count=tasks.count, key="scripted")
    graded = run.stage("difficulty", Difficulty, count=tasks.count, key="scripted")
    for info in unique.shards():
        rows = from_table(unique.read(info.shard), Task)
        engine = scripted(rows, [rate_of(row) for row in rows])
        job = ShardJob(config.sampling, config.difficulty, config.seed, unique, info, rollouts, graded)
        done = graded_shard(engine, judge_here, job)
        assert done.rollouts is not None
        rollouts.commit(done.rollouts)
        graded.commit(done.graded)
    for stage in (unique, removed, rollouts, graded):
        stage.seal()
    return run


def rate_of(task: Task) -> float:
    """A pass rate of the task's own: sums of few numbers are easy, words are hard."""
    a, b = {"arithmetic.chain": (4.0, 1.0 + 2 * task.level)}.get(task.family, (0.4, 3.0))
    return Random(task.canonical).betavariate(a, b)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plan")


@pytest.fixture(scope="module")
def half(folder: Path) -> Run:
    return made(config_of(folder))


@pytest.fixture(scope="module")
def whole(folder: Path) -> Run:
    return made(config_of(folder, 3))


@pytest.fixture(scope="module")
def plan(folder: Path, half: Run) -> Plan:
    config = config_of(folder, 3)
    return plan_of(config, seen_in(half.url, config), Prices(cpu_hour=0.5), None)


def test_a_plan_from_a_small_run_holds_what_a_longer_one_comes_to(plan: Plan, whole: Run, folder: Path) -> None:
    found = costs_of(whole, config_of(folder, 3))
    assert found is not None
    fact = found.facts
    tasks, unique, rollouts = plan.stages["tasks"], plan.stages["unique"], plan.stages["rollouts"]
    assert tasks["rows"].expected == fact["tasks"]["rows"] == 540
    assert unique["rows"].holds(fact["unique"]["rows"])
    assert unique["rows"].high - unique["rows"].low < 0.4 * fact["unique"]["rows"], "an interval that says something"
    for name in ("rollouts", "prompt_tokens", "completion_tokens"):
        assert rollouts[name].holds(fact["rollouts"][name])
        assert rollouts[name].high < 2 * rollouts[name].low
    for stage in ("tasks", "rollouts"):
        assert plan.stages[stage]["bytes"].expected == pytest.approx(fact[stage]["bytes"], rel=0.2)
    told = dict.fromkeys(cell.family for cell in plan.cells)
    assert list(told) == ["arithmetic.chain", "strings.word_sorting"]
    decided = [each.decision for each in run_difficulties(whole)]
    low = sum(cell.in_band.low for cell in plan.cells if cell.in_band is not None)
    high = sum(cell.in_band.high for cell in plan.cells if cell.in_band is not None)
    assert low <= decided.count("in_band") <= high


def run_difficulties(run: Run) -> list[Difficulty]:
    graded = run.sealed("difficulty", Difficulty)
    assert graded is not None
    return list(graded.records())


def test_the_costs_of_a_run_are_told_by_stage_and_against_its_plan(plan: Plan, whole: Run, folder: Path) -> None:
    found = costs_of(whole, config_of(folder, 3))
    assert found is not None
    facts = {name: own for name, own in found.facts.items() if name in plan.stages}
    assert all(own["cpu_seconds"] > 0 for own in facts.values())
    told = msgspec.structs.replace(found, plan=plan)
    rows = list(compared(plan, facts))
    assert {row[0] for row in rows} == {"tasks", "unique", "rollouts"}, (
        "the curriculum was not made, so there is no sum"
    )
    assert {row[4] for row in rows} <= {"inside", "below", "above"}
    first, *_ = blocks = costs_section(told)
    assert isinstance(first, Table)
    assert [row[0] for row in first.rows] == [*found.facts, TOTAL]
    assert any(isinstance(block, Table) and block.rows == tuple(rows) for block in blocks)


def test_money_is_told_only_where_there_are_prices(plan: Plan, half: Run, folder: Path) -> None:
    config = config_of(folder, 3)
    free = plan_of(config, seen_in(half.url, config), Prices(), None)
    assert all("money" not in stage for stage in free.stages.values())
    total = plan.stages[TOTAL]
    assert total["money"].expected == pytest.approx(total["cpu_seconds"].expected / 3600 * 0.5, rel=1e-6)
    assert prices_of(None, ["gpu_hour=2.5"]) == Prices(gpu_hour=2.5)
    for wrong in ("gpu_hour", "gold=1", "gpu_hour=-1"):
        with pytest.raises(ConfigError):
            prices_of(None, [wrong])


def test_the_same_config_and_run_make_the_same_plan(plan: Plan, half: Run, folder: Path) -> None:
    config = config_of(folder, 3)
    assert plan_of(config, seen_in(half.url, config), Prices(cpu_hour=0.5), None) == plan


def test_a_billion_tasks_are_planned_on_paper_and_what_would_break_is_said(half: Run, folder: Path) -> None:
    config = config_of(folder, 5_000_000, dedup={"index": "outputs/seen"})
    far = plan_of(config, seen_in(half.url, config), Prices(), 10**9)
    assert far.stages["tasks"]["rows"].expected == 900_000_000
    easy = next(cell for cell in far.cells if (cell.family, cell.level) == ("arithmetic.chain", 1))
    assert easy.unique.expected < 500 < easy.made
    text = " ".join(far.warnings)
    for told in ("GB left", "raise tasks.shard_size", "arithmetic.chain level 1 holds about", "parts", "dedup.index"):
        assert told in text
    assert np.isfinite([each.expected for stage in far.stages.values() for each in stage.values()]).all()
    assert plan_table(far).row_count
    assert cells_table(far).row_count == len(far.cells)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"model": {"name": "another"}}, "rates of another model"),
        ({"sampling": {"max_tokens": 64}}, "sampled in another way"),
        ({"tasks": {"sources": [{"family": "grids.sudoku", "count": 5, "levels": [1]}]}}, "no tasks of grids.sudoku"),
        (
            {"tasks": {"sources": [{"family": "arithmetic.chain", "count": 5, "levels": [1], "examples": 2}]}},
            "other styles or examples",
        ),
    ],
)
def test_rates_of_something_else_are_refused(half: Run, folder: Path, changes: dict[str, Any], told: str) -> None:
    with pytest.raises(RatesError, match=told):
        seen_in(half.url, config_of(folder, **changes))


def test_a_budget_of_rollouts_is_kept_to(half: Run, folder: Path) -> None:
    config = config_of(folder, 3, difficulty={"cap": 24, "max_rollouts": 500})
    told = plan_of(config, seen_in(half.url, config), Prices(), None).stages["rollouts"]["rollouts"]
    assert told.high <= 500 + 1e-6


def test_a_pilot_makes_the_first_tasks_and_keeps_nothing(tmp_path: Path) -> None:
    config = config_of(tmp_path, 100, model=None)
    seen: Seen = seen_by_pilot(config, 20)
    assert [len(cell.keys) for cell in seen.cells.values()] == [20, 20, 20]
    assert all(cell.making.rows and cell.begun for cell in seen.cells.values())
    assert list(tmp_path.iterdir()) == []
    told = plan_of(config, seen, Prices(), None)
    assert told.stages["tasks"]["rows"].expected == 18_000
    assert "rollouts" not in told.stages


def test_a_run_that_is_thrown_away_leaves_its_plan(plan: Plan, tmp_path: Path) -> None:
    config = config_of(tmp_path, model=None)
    run = open_run(config.url, config=config.model_dump(mode="json"), seed=config.seed)
    folder = Path(config.url)
    (folder / PLAN).write_bytes(plan_bytes(plan))
    write_tasks(tasks_stage(run, config), 0, cut(config.segments(), 5)[0])
    throw_away(config)
    assert plan_in(config.url) == plan
    assert {each.name for each in folder.iterdir()} == {"run.json", PLAN}
    (folder / PLAN).unlink()
    throw_away(config)
    assert not folder.exists()

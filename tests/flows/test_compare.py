"""`compare`: further models on the same tasks, side by side and on one scale, in the stages and in the report."""

import re
from pathlib import Path

import polars as pl
import pytest

from filters.rollouts import difficulties, roll_out
from flows.compare import RolledOut, first_scores, seeded, write_scale
from flows.config import RunConfig
from flows.report import report_of
from flows.report_found import found_in
from generators.stream import tasks_of
from pipeline.config import ConfigError, load_config
from pipeline.engines.config import ModelConfig
from pipeline.report.page import page
from pipeline.store import Run, Stage, open_run
from schemas import Ability, Difficulty, Item, Rollout, Task
from tests.filters.scripted import SAMPLING, scripted

CONFIG = """
name: small
seed: 3
tasks:
  shard_size: 40
  sources:
  - {family: arithmetic.chain, count: 60, levels: [2, 3]}
model: {name: org/middle}
compare:
- {name: org/Strong-1B@main}
- {name: org/weak}
difficulty: {cap: 16, prior: jeffreys}
"""
RATES = {"org/middle": {2: 0.7, 3: 0.4}, "org/Strong-1B@main": {2: 0.9, 3: 0.75}, "org/weak": {2: 0.3, 3: 0.1}}


def config_of(folder: Path, *overrides: str) -> RunConfig:
    (folder / "small.yaml").write_text(CONFIG)
    return load_config(folder / "small.yaml", RunConfig, [f"output={folder}", *overrides])


def run_of(config: RunConfig) -> Run:
    return open_run(config.url, config=config.model_dump(mode="json"), seed=config.seed)


def unique_stage(run: Run, config: RunConfig) -> Stage[Task]:
    made = (task for segment in config.segments() for task in tasks_of(segment))
    tasks = list({task.canonical: task for task in made}.values())
    for name in ("tasks", "unique"):
        stage = run.stage(name, Task, count=3, key=0)
        for shard in stage.missing():
            stage.write(shard, tasks[shard * 40 : (shard + 1) * 40])
        stage.seal()
    return stage


def rolled_out(run: Run, config: RunConfig, model: ModelConfig, unique: Stage[Task]) -> RolledOut:
    """By a scripted engine, into stages of the model's own."""
    suffix = "" if model == config.model else f"_{model.slug}"
    rollouts = run.stage(f"rollouts{suffix}", Rollout, count=1, key=model.name)
    graded = run.stage(f"difficulty{suffix}", Difficulty, count=1, key=model.name)
    tasks = list(unique.records())
    engine = scripted(tasks, [RATES[model.name][task.level] for task in tasks])
    seed = seeded(config, model).seed
    made = [one for batch in roll_out(tasks, engine, SAMPLING, config.difficulty, seed) for one in batch]
    rollouts.write(0, made)
    graded.write(0, difficulties(tasks, made, config.difficulty, engine.model, engine.revision))
    rollouts.seal()
    graded.seal()
    return RolledOut(model, rollouts, graded)


def scale_of(config: RunConfig) -> tuple[Run, Stage[Task], Stage[Item], Stage[Ability]]:
    run = run_of(config)
    unique = unique_stage(run, config)
    assert config.model is not None
    models = [rolled_out(run, config, model, unique) for model in (config.model, *config.compare)]
    return run, unique, *write_scale.fn(run, config, unique, models)


def test_every_task_has_an_item_in_its_shard_and_every_model_an_ability(tmp_path: Path) -> None:
    run, unique, items, abilities = scale_of(config_of(tmp_path))
    assert [info.rows for info in items.shards()] == [info.rows for info in unique.shards()]
    assert [item.task_id for item in items.records()] == [task.id for task in unique.records()]
    names = [each.model for each in abilities.records()]
    assert names == ["org/middle", "org/Strong-1B@main", "org/weak"]
    middle, strong, weak = (each.ability for each in abilities.records())
    assert weak < middle < strong
    for item in items.records():
        assert [rate.model for rate in item.rates] == names
        assert (item.strong, item.weak) == ("org/Strong-1B@main", "org/weak")
    assert run.sealed("items", Item) == items
    hard, easy = ([item.difficulty for item in items.records() if item.level == level] for level in (3, 2))
    assert sum(hard) / len(hard) > sum(easy) / len(easy) + 0.5


def test_the_scale_is_made_once_and_anew_for_other_rollouts(tmp_path: Path) -> None:
    config = config_of(tmp_path)
    run = run_of(config)
    unique = unique_stage(run, config)
    assert config.model is not None
    models = [rolled_out(run, config, model, unique) for model in (config.model, *config.compare)]
    items, _ = write_scale.fn(run, config, unique, models)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    again, _ = write_scale.fn(run, config, unique, models)
    assert again == items
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")} == before
    fewer, _ = write_scale.fn(run, config, unique, models[:2])
    assert fewer.key != items.key
    assert items.missing() == []


def test_the_report_shows_the_models_side_by_side(tmp_path: Path) -> None:
    run, *_ = scale_of(config_of(tmp_path))
    report = report_of(found_in(run))
    assert report.summary["abilities"].startswith("org/Strong-1B@main +")
    assert "org/Strong-1B@main less org/weak, mean over tasks" in report.summary["gap"]
    assert report.summary["one scale"].startswith("One scale ")
    html = page(report)
    for words in ("Models side by side", "org/weak", "arithmetic.chain 3", "infit", "95 % interval"):
        assert words in html


def test_a_run_of_one_model_says_nothing_of_others(tmp_path: Path) -> None:
    config = config_of(tmp_path, "compare=[]")
    run = run_of(config)
    unique_stage(run, config)
    report = report_of(found_in(run))
    assert report.models is None
    assert "Models side by side" not in page(report)


def test_every_model_draws_from_a_seed_of_its_own(tmp_path: Path) -> None:
    config = config_of(tmp_path)
    assert config.model is not None
    seeds = [seeded(config, model).seed for model in (config.model, *config.compare)]
    assert len({config.seed, *seeds}) == 4
    assert seeds == [seeded(config_of(tmp_path), model).seed for model in (config.model, *config.compare)]


def test_the_first_scores_are_as_many_for_every_task_whatever_came_of_them() -> None:
    scores = {"a": [1.0, 0.0, 1.0, 1.0], "b": [0.0, 0.5], "c": [None, 1.0, 0.0]}
    rows = [
        {"task_id": task, "sample": sample, "score": score}
        for task, some in scores.items()
        for sample, score in enumerate(some)
    ]
    frame = pl.DataFrame(rows, schema={"task_id": pl.String, "sample": pl.Int32, "score": pl.Float64})
    assert first_scores(frame, 1.0) == {"a": (1, 2), "b": (0, 2), "c": (1, 1)}
    assert first_scores(frame, 0.5) == {"a": (1, 2), "b": (1, 2), "c": (1, 1)}
    assert first_scores(frame.clear(), 1.0) == {}


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("model=null", "compare needs a model to compare with"),
        ("compare.1.name=org/middle", "compare: the same model is there twice"),
        ("compare.1.name=org/Strong-1B@main", "compare: the same model is there twice"),
        ("compare.1.name=org/strong_1b@main", "both have the stage name org_strong_1b_main"),
        ("compare.0.url=http://host", "url: only for engine server"),
    ],
)
def test_a_comparison_that_makes_no_sense_is_refused(tmp_path: Path, override: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config_of(tmp_path, override)


def test_a_models_slug_fits_a_stage_name_and_tells_long_names_apart() -> None:
    assert ModelConfig(name="Qwen/Qwen3-4B@v1.0").slug == "qwen_qwen3_4b_v1_0"
    long, other = (ModelConfig(name=f"/data/{end}/" + "x" * 300).slug for end in "ab")
    assert long != other
    assert len(long) == 64


def test_the_example_of_the_page_is_a_right_config(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "models.md").read_text()
    [example] = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    sources = "name: page\ntasks: {sources: [{family: arithmetic.chain, count: 1}]}\n"
    (tmp_path / "page.yaml").write_text(sources + example)
    config = load_config(tmp_path / "page.yaml", RunConfig)
    assert [model.engine for model in config.compare] == ["transformers", "server"]

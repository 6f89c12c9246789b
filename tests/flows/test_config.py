"""Configs as they are shipped: each is read, and comes back from what a run writes down."""

import re
from pathlib import Path

import pytest
import yaml

from flows.config import RunConfig, config_of
from flows.guard import GuardConfig
from flows.loop.config import RoundsConfig
from pipeline.config import ConfigError, load_config
from pipeline.engines.config import ModelConfig
from pipeline.store import open_run
from trainer.config import ServerConfig, TrainConfig

CONFIGS = Path(__file__).parents[2] / "configs"
RUNS = ["aimed.yaml", "demo.yaml", "graded.yaml", "rubrics.yaml", "tasks.yaml"]
TRAININGS = {"tiny.yaml": 75, "rubrics_train.yaml": 3}
"""With their steps."""


@pytest.mark.parametrize("name", RUNS)
def test_a_run_config_comes_back_from_what_is_written_down(name: str) -> None:
    config = load_config(CONFIGS / name, RunConfig)
    assert RunConfig.model_validate(config.model_dump(mode="json")) == config


def test_every_shipped_config_is_read() -> None:
    assert {path.name for path in CONFIGS.glob("*.yaml")} == {*RUNS, *TRAININGS, "guard.yaml", "rounds.yaml"}
    assert {name: load_config(CONFIGS / name, TrainConfig).steps for name in TRAININGS} == TRAININGS
    assert load_config(CONFIGS / "guard.yaml", GuardConfig).judge.kind == "yes_no"
    assert load_config(CONFIGS / "rounds.yaml", RoundsConfig).rounds == 3


def test_the_page_of_an_engine_shows_a_config_that_is_read() -> None:
    shown = re.findall(r"^```yaml\n(.*?)^```$", (CONFIGS.parent / "docs/vllm.md").read_text(), re.M | re.S)
    model, server = map(yaml.safe_load, shown)
    assert ModelConfig.model_validate(model["model"]).engine == "vllm"
    assert ServerConfig.model_validate(server["server"]).dtype == "bfloat16"


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("tasks.sources.0.family=arithmetic.chian", "did you mean arithmetic.chain"),
        ("tasks.sources.0.levels=[99]", "arithmetic.chain has levels 1 to"),
        ("tasks.sources.0.styles=[haiku]", "arithmetic.chain has plain"),
        ("tasks.sources.0.params={terms: 3}", "give levels or params, not both"),
        ("tasks.sources.0.levels=[1, 1]", "level 1 is given 2 times"),
        ("model=null", "train needs the curriculum that rollouts of a model make"),
        ("sampling.temperature=0", "train can't learn from greedy rollouts"),
        ("name=../up", "String should match pattern"),
        ("difficulty.band_low=0.9", "the band 0.9..0.8 leaves nothing"),
        ("curriculum.order=easy_to_hart", "did you mean easy_to_hard?"),
        ("train.lr=fast", "Input should be a valid number"),
        ("model.engine=server", "engine server needs url"),
        ("model.url=http://host/v1", "url: only for engine server"),
        ("model.context=512", "context: only for engine vllm"),
        ("model={engine: vllm, cache_gb: 0}", "greater than 0"),
        ("model={engine: vllm, url: http://host/v1}", "url: only for engine server"),
        ("model={engine: server, url: http://host/v1, budget: {cost: 5}}", "cost needs price_in and price_out"),
        ("model={engine: server, url: http://host/v1, concurrency: 0}", "greater than or equal to 1"),
        ("model={engine: server, url: http://host/v1, rows: 8}", "rows: a server has its own; set concurrency"),
        ("tasks.sources.0={family: arithmetic.chain, count: 1, worked: true}", "worked: it is for examples"),
        (
            "tasks.sources.0={family: logic.zebra, count: 1, examples: 2, worked: true}",
            "no worked steps to show",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_its_place_and_what_is_allowed(override: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(CONFIGS / "demo.yaml", RunConfig, [override])
    assert expected in str(caught.value)


@pytest.mark.parametrize("section", ["key_env: sk-secret-1", "url: http://me:sk-secret-1@host/v1"])
def test_a_key_in_the_wrong_place_is_refused_unseen(section: str) -> None:
    with pytest.raises(ConfigError, match="key") as caught:
        load_config(CONFIGS / "demo.yaml", RunConfig, [f"model={{engine: server, url: http://host/v1, {section}}}"])
    assert "sk-secret-1" not in str(caught.value)


def test_the_config_of_a_run_of_another_version_is_refused_with_the_key(tmp_path: Path) -> None:
    run = open_run(str(tmp_path / "old"), config={"name": "old", "taskz": 1}, seed=0)
    with pytest.raises(ConfigError, match=r"another version of Taskmill[^\n]*\n(.*\n)*.*taskz"):
        config_of(run)

"""The config refuses what it does not know, and the bundled recipe is one."""

import re
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from pipeline.config import load_config
from trainer.config import FREE_ON_RESUME, FREE_WITHIN, ServerConfig, TrainConfig, VllmConfig
from trainer.state import settings_of

NEEDED = {"model": "m", "shards": ["s"], "output": "o"}
SERVER = {"url": "http://127.0.0.1:8/v1", "folder": "there"}
PAGE = Path(__file__).parents[2] / "docs" / "train.md"
RECIPE = Path(__file__).parents[2] / "configs" / "tiny.yaml"


def test_the_bundled_recipe_is_a_config() -> None:
    config = load_config(RECIPE, TrainConfig)
    assert config.evaluation is not None
    assert config.evaluation.shards != config.shards


@pytest.mark.parametrize(
    "wrong",
    [
        {"learning_rate": 1e-5},
        {"group_size": 1},
        {"loss": {"variant": "ppo"}},
        {"lr": 0},
        {"loss": {"clip_low": 1.0}},
        {"loss": {"mismatch_cap": 0.5}},
        {"shards": []},
        {"sampling": {"temperature": 0}},
        {"sampling": {"top_k": 5}},
        {"sampling": {"max_tokens": 0}},
        {"hints": {"shares": []}},
        {"hints": {"shares": [0.5, 0.5]}},
        {"hints": {"shares": [0.5, 1.0]}},
        {"replay": {"below": 0}},
        {"loss": {"variant": "rloo", "clip_high": 0.3}},
        {"loss": {"variant": "cispo", "clip_low": 0.3}},
        {"loss": {"kl": {"coefficient": 0.1, "estimator": "k1", "corrected": True}}},
        {"quotas": {"a": 1.5, "b": -0.5}},
        {"reward": {"length": {"kind": "budget", "first": 30, "least": 100}}},
        {"reward": {"rubric": {"criteria": [{"checker": "word_count", "arguments": {"at_least": 9, "at_most": 5}}]}}},
    ],
)
def test_wrong_values_and_unknown_keys_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TrainConfig.model_validate(NEEDED | wrong)


def test_every_key_is_described_and_the_free_ones_exist() -> None:
    fields = TrainConfig.model_fields
    assert [name for name, field in fields.items() if not field.description] == []
    assert set(fields) >= FREE_ON_RESUME
    assert set(ServerConfig.model_fields) >= FREE_WITHIN["server"]
    assert set(VllmConfig.model_fields) >= FREE_WITHIN["vllm"]


def test_a_server_may_move_and_may_not_become_another_engine() -> None:
    def settings(**server: object) -> dict[str, object]:
        return settings_of(TrainConfig.model_validate(NEEDED | {"server": SERVER | server}), [])

    assert settings() == settings(url="http://127.0.0.1:9/v1", folder="elsewhere", concurrency=3)
    assert settings() != settings(dtype="bfloat16")
    assert settings() != settings_of(TrainConfig.model_validate(NEEDED), [])


def test_every_example_of_the_page_is_a_right_config() -> None:
    examples = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert examples
    for example in examples:
        TrainConfig.model_validate(NEEDED | yaml.safe_load(example))

"""The config refuses what it does not know, and the bundled recipe is one."""

import re
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from pipeline.config import load_config
from trainer.config import FREE_ON_RESUME, TrainConfig

NEEDED = {"model": "m", "shards": ["s"], "output": "o"}
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
    ],
)
def test_wrong_values_and_unknown_keys_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TrainConfig.model_validate(NEEDED | wrong)


def test_every_key_is_described_and_the_free_ones_exist() -> None:
    fields = TrainConfig.model_fields
    assert [name for name, field in fields.items() if not field.description] == ["sampling", "loss"]
    assert set(fields) >= FREE_ON_RESUME


def test_every_example_of_the_page_is_a_right_config() -> None:
    examples = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert examples
    for example in examples:
        TrainConfig.model_validate(NEEDED | yaml.safe_load(example))

"""A config error says its place, the nearest right name and what is allowed."""

from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field

from pipeline.config import ConfigError, Section, load_config


class Source(Section):
    family: str
    count: int = Field(1, ge=1)


class Fast(Section):
    kind: Literal["fast"]
    speed: int = 1


class Slow(Section):
    kind: Literal["slow"]
    delay: int = 1


class Example(Section):
    seed: int = 0
    pace: Fast | Slow | None = Field(None, discriminator="kind")
    order: Literal["shuffled", "easy_to_hard"] = "shuffled"
    sources: tuple[Source, ...] = ()


def written(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text)
    return path


def problem(folder: Path, text: str, *overrides: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(written(folder, text), Example, overrides)
    return str(caught.value)


def test_a_right_config_is_read_and_overrides_win(tmp_path: Path) -> None:
    path = written(tmp_path, "seed: 3\nsources:\n- family: a\n  count: 2\n")
    config = load_config(path, Example, ["seed=4", "sources.0.count=9", "order=easy_to_hard"])
    assert config == Example(seed=4, order="easy_to_hard", sources=(Source(family="a", count=9),))


def test_an_unknown_key_is_refused_with_line_nearest_name_and_the_allowed_ones(tmp_path: Path) -> None:
    message = problem(tmp_path, "seed: 1\nsources:\n- familly: a\n")
    assert "config.yaml:3: sources.0.familly: unknown key; did you mean family? allowed: count, family" in message
    assert "sources.0.family: is needed and not given" in message


def test_a_wrong_choice_is_refused_with_the_choices_and_the_nearest(tmp_path: Path) -> None:
    message = problem(tmp_path, "order: easy_to_hart\n")
    assert "config.yaml:1: order:" in message
    assert "'shuffled' or 'easy_to_hard'" in message
    assert "did you mean easy_to_hard?" in message


def test_a_section_of_several_kinds_is_told_by_its_kind(tmp_path: Path) -> None:
    assert load_config(written(tmp_path, "pace: {kind: slow, delay: 3}"), Example).pace == Slow(kind="slow", delay=3)
    message = problem(tmp_path, "seed: 1\npace: {kind: slwo}\n")
    assert "config.yaml:2: pace: there is no 'slwo'; did you mean slow? there is fast, slow" in message
    message = problem(tmp_path, "seed: 1\npace:\n  kind: slow\n  dely: 2\n")
    assert "config.yaml:4: pace.dely: unknown key; did you mean delay? allowed: delay, kind" in message


def test_every_mistake_is_named_not_only_the_first(tmp_path: Path) -> None:
    message = problem(tmp_path, "seed: x\nsources:\n- family: a\n  count: 0\n")
    assert "config.yaml:1: seed:" in message
    assert "config.yaml:4: sources.0.count: Input should be greater than or equal to 1, not 0" in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seed: 1\nseed: 2\n", "config.yaml:2: seed is given twice"),
        ("- 1\n", "expected `key: value` lines at the top, found list"),
        ("", "expected `key: value` lines at the top, found NoneType"),
        ("seed: [1\n", "not valid YAML"),
    ],
)
def test_a_broken_file_is_refused_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in problem(tmp_path, text)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("seed", "expected key.path=value"),
        ("sources.3.count=1", "sources has no items, not 3"),
        ("seed.x=1", "seed holds a value, not a section"),
        ("order=[", "the value is not valid YAML"),
        ("sed=1", "sed: unknown key; did you mean seed?"),
    ],
)
def test_a_wrong_override_is_refused(tmp_path: Path, override: str, expected: str) -> None:
    assert expected in problem(tmp_path, "seed: 1\nsources: []\n", override)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere.yaml: can't be read"):
        load_config(tmp_path / "nowhere.yaml", Example)

"""A config run again and again: which number is next, and what a number makes of a config."""

from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.config import RunConfig
from flows.serve.scheduled import FINISHED, candidates, numbered
from pipeline.config import checked
from pipeline.store import open_run

SOURCE = {"family": "arithmetic.chain", "count": 1, "levels": [1]}


def config(folder: Path | str, seed: int = 3, name: str = "nightly") -> RunConfig:
    given = {"name": name, "seed": seed, "output": str(folder), "model": None, "tasks": {"sources": [SOURCE]}}
    return checked(given, RunConfig)


def begin(config: RunConfig, number: int, *, finished: bool) -> None:
    own = numbered(config, number)
    open_run(own.url, config=own.model_dump(mode="json"), seed=own.seed)
    if finished:
        (Path(own.url) / FINISHED).write_text("{}")


def numbers(config: RunConfig, count: int) -> list[int]:
    return [int(own.name.rpartition("-")[2]) for own in islice(candidates(config), count)]


@given(seed=st.integers(0, 2**62), number=st.integers(1, 10**6), other=st.integers(1, 10**6))
def test_a_number_gives_a_folder_and_a_seed_that_no_other_number_gives(seed: int, number: int, other: int) -> None:
    base = config("outputs", seed)
    own = numbered(base, number)
    assert own == numbered(base, number)
    assert own.seed != base.seed
    assert (own.seed == numbered(base, other).seed) == (own.url == numbered(base, other).url) == (number == other)
    assert own.tasks == base.tasks


def test_what_is_left_out_of_a_config_stays_left_out(tmp_path: Path) -> None:
    assert numbered(config(tmp_path), 1).model_fields_set == config(tmp_path).model_fields_set


def test_the_first_run_is_number_one_even_where_there_is_no_folder_yet(tmp_path: Path) -> None:
    assert numbers(config(tmp_path / "none"), 2) == [1, 2]


@pytest.mark.parametrize(("finished", "expected"), [(True, [3, 4]), (False, [2, 3])])
def test_an_unfinished_run_goes_on_before_the_next_begins(tmp_path: Path, finished: bool, expected: list[int]) -> None:
    begin(config(tmp_path), 1, finished=True)
    begin(config(tmp_path), 2, finished=finished)
    assert numbers(config(tmp_path), 2) == expected


def test_a_folder_in_which_nothing_was_written_yet_is_the_runs_own(tmp_path: Path) -> None:
    begin(config(tmp_path), 1, finished=True)
    Path(numbered(config(tmp_path), 2).url).mkdir()
    assert numbers(config(tmp_path), 1) == [2]


def test_runs_of_another_seed_and_of_other_configs_are_left_alone(tmp_path: Path) -> None:
    begin(config(tmp_path, seed=4), 5, finished=False)
    begin(config(tmp_path, name="nightly-late"), 9, finished=False)
    (tmp_path / "nightly-0007").mkdir()
    (tmp_path / "nightly-0007" / "notes.txt").write_text("mine")
    assert numbers(config(tmp_path), 1) == [8]

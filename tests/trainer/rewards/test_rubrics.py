"""Rubrics of tasks as a reward: read from shards, dense where the verifier is not, gated where that is asked for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import ValidationError

from generators.family import make_task
from generators.instructions.source import source_of
from generators.registry import family_named
from pipeline.store.files import write_whole
from pipeline.store.shard import shard_bytes
from rubrics.judges.contract import Case, Judgment
from rubrics.reward import RubricError, rubric_reward
from schemas import Criterion, Rubric
from tests.trainer.rewards.groups import a_config, a_group, decode, task_number
from trainer.rewards.compose import Occasion, rewarded
from trainer.rewards.rubric import OwnRubrics, opened_rubrics, rubric_values


def rubric(task: int, *words: str, **changed: Any) -> Rubric:
    criteria = tuple(
        Criterion(
            title=word,
            text=f'Use the word "{word}".',
            kind="principle",
            weight=1.0,
            checker="keywords",
            arguments={"words": [word]},
        )
        for word in words
    )
    return Rubric(**{"id": words[0], "task_id": task_number(task).id, "criteria": criteria, "method": "x"} | changed)


@pytest.fixture
def shard(tmp_path: Path) -> str:
    url = str(tmp_path / "rubrics.parquet")
    write_whole(url, shard_bytes([rubric(0, "river", "lamp"), rubric(0, "river"), rubric(1, "dog")], Rubric)[0])
    return url


TEXTS = ("a river and a lamp", "a river", "nothing")


def rewards(shard: str, *groups: Any, **settings: Any) -> list[list[float | None]]:
    config = a_config(reward={"correctness": 1, "rubric": {"weight": 0.5, "shards": [shard], **settings}})
    with opened_rubrics(config.reward.rubric) as own:
        made = rewarded(groups, Occasion(None, decode, config, 1, own))  # type: ignore[arg-type]
    return [[None if value is None else round(value, 6) for value in group.rewards] for group in made]


def test_each_completion_earns_the_mean_of_its_tasks_rubrics(shard: str) -> None:
    told = rewards(shard, a_group([1.0, 0.0, 0.0], texts=TEXTS), a_group([1.0, 0.0], texts=("a dog", "a cat"), task=1))
    assert told == [[1.5, 0.375, 0.0], [1.5, 0.0]]


def test_a_task_without_a_rubric_is_taught_by_the_verifier_alone(shard: str) -> None:
    assert rewards(shard, a_group([1.0, 0.0, 0.0], texts=TEXTS, task=2)) == [[1.0, 0.0, 0.0]]


def test_a_primary_rubric_tells_apart_what_the_verifier_finds_all_wrong(shard: str) -> None:
    group = a_group([0.0, 0.0, 0.0], texts=TEXTS)
    assert rewards(shard, group) == [[0.0, 0.0, 0.0]]
    assert rewards(shard, group, primary=True) == [[0.5, 0.375, 0.0]]


def test_gated_only_right_answers_earn_by_their_way(shard: str) -> None:
    group = a_group([1.0, 0.0, 1.0], texts=(TEXTS[1], TEXTS[0], TEXTS[2]))
    assert rewards(shard, group, gated=True) == [[1.375, 0.0, 1.0]]


def test_fixed_criteria_and_those_of_the_task_count_the_same(shard: str) -> None:
    criteria = [{"checker": "letter_count", "arguments": {"letter": "a", "at_least": 1}}]
    assert rewards(shard, a_group([1.0, 0.0], texts=("nothing", "a river")), criteria=criteria) == [[1.0, 0.4375]]


def test_a_response_is_compared_with_what_its_task_shows(tmp_path: Path) -> None:
    task = make_task(family_named("instructions.quote"), level=1, seed=0, index=0)
    exact = Criterion(
        title="exact", text="", kind="principle", weight=1.0, checker="quotes_from_source", arguments={"at_least": 1}
    )
    url = str(tmp_path / "quotes.parquet")
    write_whole(url, shard_bytes([Rubric(id="q", task_id=task.id, criteria=(exact,), method="x")], Rubric)[0])
    texts = (task.answer, task.answer.replace('"', '"not ', 1))
    group = msgspec.structs.replace(a_group([1.0, 0.0], texts=texts), task=task)
    assert rewards(url, group) == [[1.5, 0.0]]
    reward = rubric_reward([url], sources={task.id: source_of(task)})
    assert reward(prompts=["?"] * 2, completions=texts, id=[task.id] * 2) == [1.0, 0.0]
    assert rubric_reward([url])(prompts=["?"], completions=[task.answer], id=[task.id]) == [None]


def test_an_undecided_completion_stays_out(shard: str) -> None:
    assert rewards(shard, a_group([1.0, None, 0.0], texts=TEXTS)) == [[1.5, None, 0.0]]


class Wordy:
    """A judge that likes a river, and does not read more than ten words."""

    name = "wordy"

    def judge(self, cases: Sequence[Case]) -> list[Judgment]:
        return [
            Judgment(None if len(case.response.split()) > 10 else float("river" in case.response), "", 0)
            for case in cases
        ]


def test_what_no_judge_can_decide_earns_no_more_than_the_least(shard: str) -> None:
    open_question = Criterion(title="kind", text="It is kind.", kind="principle", weight=1.0)
    asked = rubric(0, "lamp", criteria=(open_question,))
    own = OwnRubrics({asked.task_id: (rubric(0, "lamp"), asked)}, Wordy())
    settings = a_config(reward={"rubric": {"shards": [shard]}}).reward.rubric
    assert settings is not None
    long = "a river and a lamp " * 3
    groups = [
        a_group([0.0] * 3, texts=(long, "a river", "a river and a lamp")),
        a_group([0.0, 0.0], texts=(long, long)),
    ]
    assert rubric_values(groups, settings, own) == [[0.5, 0.5, 1.0], [None, None]]


def test_a_judge_that_needs_a_right_answer_can_decide_no_criterion(shard: str) -> None:
    with pytest.raises(ValidationError, match="bleu compares with a right answer and decides no criterion"):
        rewards(shard, a_group([1.0, 0.0], texts=TEXTS[:2]), judge={"kind": "bleu"})


def test_messages_without_text_and_in_parts_are_scored_by_their_text(shard: str) -> None:
    said: list[list[dict[str, Any]]] = [
        [{"role": "assistant", "content": None}],
        [
            {
                "role": "assistant",
                "content": [{"type": "text", "text": "a river and "}, {"type": "text", "text": "a lamp"}],
            }
        ],
    ]
    reward = rubric_reward([shard])
    assert reward(prompts=["?"] * 2, completions=said, id=[task_number(0).id] * 2) == [0.0, 1.0]


def test_shards_without_rubrics_and_a_section_without_criteria_say_so(tmp_path: Path) -> None:
    write_whole(str(tmp_path / "none.parquet"), shard_bytes([], Rubric)[0])
    with pytest.raises(RubricError, match="no rubrics in there"):
        rewards(str(tmp_path / "none.parquet"), a_group([1.0, 0.0]))
    for section in ({}, {"criteria": [{"checker": "json"}], "judge": {"kind": "yes_no"}}):
        with pytest.raises(ValidationError, match=r"give criteria|no rubrics|there are none"):
            a_config(reward={"rubric": section})

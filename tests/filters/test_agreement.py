"""A second look at verdicts: honest verifiers agree, planted bugs are seen, and only the config drops tasks."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import cycle
from typing import Any

import msgspec
import pytest

from filters import agreement as room
from filters.agreement import agreement_notes, agreements, disagreement
from filters.config import AgreementConfig, CurriculumConfig, DifficultyConfig
from filters.rollouts import difficulties, roll_out
from filters.selection import selection
from generators import verify as verifying
from generators.family import Family, make_task
from generators.registry import BUNDLED, family_named
from generators.verify import verify
from pipeline.engines.judged import judged_rollout
from pipeline.engines.protocol import Sampling
from schemas import Agreement, Rollout, Task, Verdict
from schemas.verdict import correct, undecided, wrong
from tests.filters.scripted import completion, scripted, sums

TWICE = [name for name in BUNDLED if family_named(name).second_check is not None]
REQUIRED = AgreementConfig(checks="require", consensus="require")


def tasks_of(name: str, count: int = 3) -> list[Task]:
    return [make_task(family_named(name), level=4, seed=17, index=index) for index in range(count)]


def rolled(task: Task, answers: Sequence[str], temperature: float = 1.0) -> list[Rollout]:
    """Rollouts that give these answers, judged by the family as it is now."""
    engine = scripted([task], [1.0])
    settings = {**msgspec.to_builtins(Sampling(temperature=temperature)), "prefill": ""}
    texts = [f"I think <answer>{answer}</answer>" for answer in answers]
    return [
        judged_rollout(
            task.id,
            completion(task.id, sample, text),
            verify(task, text),
            engine,
            settings,
            seed=sample,
            prompt_tokens=1,
        )
        for sample, text in enumerate(texts)
    ]


def looked_at(task: Task, rollouts: Sequence[Rollout]) -> Agreement:
    return agreements([task], rollouts)[task.id]


@pytest.fixture
def verifier(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[..., Verdict]], None]:
    """Puts another check into a family, wherever it is looked up."""

    def put(name: str, check: Callable[..., Verdict]) -> None:
        def named(asked: str) -> Family[Any, Any]:
            return replace(family_named(asked), check=check) if asked == name else family_named(asked)

        monkeypatch.setattr(verifying, "family_named", named)
        monkeypatch.setattr(room, "family_named", named)

    return put


@pytest.mark.parametrize("name", BUNDLED)
def test_honest_verifiers_agree_on_right_wrong_and_missing_answers(name: str) -> None:
    task, *others = tasks_of(name)
    found = looked_at(task, rolled(task, [task.answer, *(other.answer for other in others), "no idea", ""]))
    assert (found.outcome, found.conflicts, found.consensus) == ("agree", 0, False)
    assert found.rollouts == 5
    assert found.checked_twice >= (3 if name in TWICE and others[0].answer != task.answer else 1)


def test_without_the_gold_answer_or_a_second_check_there_is_one_check() -> None:
    task, other, _ = tasks_of("logic.zebra")
    assert looked_at(task, rolled(task, [other.answer, "nobody"])).outcome == "one_check"


@pytest.mark.parametrize("name", TWICE)
def test_a_verifier_that_takes_a_wrong_answer_is_seen(name: str, verifier: Callable[..., None]) -> None:
    task, other, _ = tasks_of(name)
    verifier(name, lambda instance, answer: correct())
    found = looked_at(task, rolled(task, [task.answer, other.answer]))
    assert (found.outcome, found.conflicts) == ("disagree", 1)
    assert "not right by the second check" in found.detail


@pytest.mark.parametrize("name", BUNDLED)
def test_a_verifier_that_refuses_the_gold_answer_is_seen(name: str, verifier: Callable[..., None]) -> None:
    task, *_ = tasks_of(name)
    verifier(name, lambda instance, answer: wrong("never"))
    found = looked_at(task, rolled(task, ["no idea", task.answer]))
    assert (found.outcome, found.conflicts) == ("disagree", 1)
    assert "right by the gold answer" in found.detail


def test_a_verifier_that_wavers_or_has_changed_is_seen(verifier: Callable[..., None]) -> None:
    task, *_ = tasks_of("logic.zebra")
    verdicts = cycle([correct(), wrong("now")])
    verifier("logic.zebra", lambda instance, answer: next(verdicts))
    found = looked_at(task, rolled(task, ["somebody"]))
    assert found.outcome == "disagree"
    assert "was correct and is wrong when verified again" in found.detail


def test_a_rollout_without_a_verdict_is_no_side_in_it(verifier: Callable[..., None]) -> None:
    task, *_ = tasks_of("arithmetic.chain")
    verifier("arithmetic.chain", lambda instance, answer: undecided("error", "broken"))
    assert agreements([task], rolled(task, [task.answer])) == {}


@pytest.mark.parametrize(
    ("answers", "temperature", "consensus"),
    [
        (["13"] * 8, 1.0, True),
        (["13"] * 8 + ["14"], 1.0, True),
        (["13", " 13 ", "13", "13\n", "13"], 1.0, True),
        (["13"] * 4, 1.0, False),
        (["13"] * 5 + ["14"] * 4, 1.0, False),
        (["13"] * 8, 0.0, False),
        (["gold"] * 8, 1.0, False),
        (["gold"] * 2 + ["13"] * 20, 1.0, True),
    ],
)
def test_a_model_that_is_sure_of_a_refused_answer_is_reported(
    answers: list[str], temperature: float, consensus: bool
) -> None:
    task = sums(1)[0]
    assert task.answer not in ("13", "14")
    found = looked_at(task, rolled(task, [task.answer if each == "gold" else each for each in answers], temperature))
    assert found.consensus is consensus
    assert found.outcome == "agree"
    if consensus:
        assert "give '13', which is not accepted" in found.detail
        assert found.majority == answers.count("13") / len(answers) or "\n" in "".join(answers)


def test_only_the_config_leaves_tasks_out() -> None:
    base = looked_at(sums(1)[0], rolled(sums(1)[0], ["13"]))
    cases = {
        "disagreement": msgspec.structs.replace(base, outcome="disagree", detail="why"),
        "consensus": msgspec.structs.replace(base, consensus=True, detail="why"),
    }
    for cause, found in cases.items():
        assert disagreement(found, REQUIRED) == (cause, "why")
        assert disagreement(found, AgreementConfig()) is None
    assert disagreement(msgspec.structs.replace(base, outcome="one_check"), REQUIRED) is None


def test_a_real_pass_agrees_and_a_task_that_does_not_is_left_out_of_the_rows(verifier: Callable[..., None]) -> None:
    tasks = sums(12)
    config = DifficultyConfig(cap=8, prior="jeffreys")
    engine = scripted(tasks, [0.5] * 12)
    rollouts = [each for batch in roll_out(tasks, engine, Sampling(), config, 3) for each in batch]
    graded = difficulties(tasks, rollouts, config, "scripted", "1")
    wanted = CurriculumConfig(agreement=REQUIRED, keep=("in_band", "undecided", "too_hard", "too_easy"))
    found = agreements(tasks, rollouts)
    assert found.keys() == {task.id for task in tasks}
    assert selection(tasks, graded, wanted, agreements=found).left_out == []

    honest = family_named("arithmetic.chain").check
    bad = tasks[4].answer
    verifier("arithmetic.chain", lambda instance, answer: wrong("no") if answer == bad else honest(instance, answer))
    found = agreements(tasks, rollouts)
    out = selection(tasks, graded, wanted, agreements=found).left_out
    assert {(each.id, each.cause) for each in out} == {
        (task.id, "disagreement") for task in tasks if task.answer == bad and found[task.id].conflicts
    }
    assert tasks[4].id in {each.id for each in out}
    assert (
        agreement_notes(list(found.values()))["verifiers disagree"] == f"{len(out)} tasks: arithmetic.chain {len(out)}"
    )

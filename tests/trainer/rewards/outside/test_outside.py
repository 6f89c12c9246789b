"""Rewards of other trainers: the verdicts of our verifiers, from any thread, and never 0 for what can't be judged."""

import re
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import packages_distributions, requires
from typing import Any

import msgspec
import pytest

from flows.export.readme import INSTALL
from generators.family import make_task
from generators.registry import RegistryError, family_named
from generators.stream import Segment, tasks_of
from schemas import Task, jsontext
from trainer.rewards.outside import OutsideError, UndecidedError, compute_score, reward_func, verified
from trainer.rewards.outside.openrlhf import Label, response_in

TASKS = [
    make_task(family_named(family), level=1, seed=5, index=index)
    for family in ("arithmetic.chain", "logic.knights_knaves", "strings.word_sorting")
    for index in range(3)
]
NO_PAYLOAD = '{"is": "of no family"}'


def columns(tasks: list[Task], **changed: Any) -> dict[str, list[Any]]:
    rows = [
        {"family": task.family, "version": task.version, "payload": jsontext.dumps(task.payload)} | changed
        for task in tasks
    ]
    return {name: [row[name] for row in rows] for name in rows[0]}


def said(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


def label(task: Task, payload: str | None = None) -> str:
    shown = payload or jsontext.dumps(task.payload)
    made = Label(task_id=task.id, family=task.family, version=task.version, payload=shown, pass_rate=0.3)
    return msgspec.json.encode(made).decode()


def test_trl_gets_the_score_of_each_completion_and_none_where_nobody_knows() -> None:
    right = [said(f"<answer>{task.answer}</answer>") for task in TASKS]
    assert verified([], right, **columns(TASKS)) == [1.0] * len(TASKS)
    wrong = [f"<answer>{task.answer}?</answer>" for task in TASKS]
    assert verified([], wrong, **columns(TASKS)) == [0.0] * len(TASKS)
    logged: list[tuple[str, float]] = []
    told = columns(TASKS)
    told["payload"][0] = NO_PAYLOAD
    scores = verified([], right, **told, log_metric=lambda *both: logged.append(both), answer=["not read"] * 9)
    assert scores == [None] + [1.0] * 8
    assert logged == [("undecided", pytest.approx(1 / 9))]


def test_verl_asks_from_many_threads_at_once() -> None:
    def asked(place: int) -> dict[str, float]:
        task = TASKS[place % len(TASKS)]
        info = {name: values[0] for name, values in columns([task]).items()}
        answer = task.answer if place % 2 else "none of these"
        return compute_score("taskmill", f"<answer>{answer}</answer>", task.answer, info)

    with ThreadPoolExecutor(16) as threads:
        told = list(threads.map(asked, range(90)))
    assert [one["score"] for one in told] == [float(place % 2) for place in range(90)]
    assert all(one["acc"] == one["score"] and one["undecided"] == 0.0 for one in told)


def test_verl_is_told_of_what_nobody_knows_by_an_error_or_by_the_value_it_asks_for() -> None:
    info = {name: values[0] for name, values in columns(TASKS[:1], payload=NO_PAYLOAD).items()}
    answer = f"<answer>{TASKS[0].answer}</answer>"
    with pytest.raises(UndecidedError, match=r"task abc of arithmetic.chain: error: this is not a payload"):
        compute_score("s", answer, "", info | {"task_id": "abc"})
    assert compute_score("s", answer, "", info, undecided=0.5) == {"score": 0.5, "acc": 0.0, "undecided": 1.0}


def test_openrlhf_gets_the_pass_rate_for_what_nobody_knows() -> None:
    prompt = "<|user|>What?<|end|>\n<|assistant|>"
    queries = [f"{prompt}<answer>{TASKS[0].answer}</answer><|end|>", f"{prompt}no", f"{prompt}<answer>1</answer>"]
    labels = [label(TASKS[0])] * 2 + [label(TASKS[0], NO_PAYLOAD)]
    told = reward_func(queries, [prompt] * 3, labels)
    assert told["rewards"].tolist() == told["scores"].tolist() == pytest.approx([1.0, 0.0, 0.3])
    assert told["extra_logs"]["undecided"].tolist() == [0.0, 0.0, 1.0]
    assert told["extra_logs"]["acc"].tolist() == [1.0, 0.0, 0.0]


def test_an_answer_in_the_prompt_is_never_the_response_s() -> None:
    segment = Segment(family="arithmetic.chain", level=1, seed=5, start=0, stop=1, styles=(), examples=2)
    task = next(iter(tasks_of(segment)))
    prompt = "".join(f"<|{message.role}|>{message.content}<|end|>" for message in task.prompt) + "<|assistant|>"
    assert "<answer>" in prompt
    for before in (prompt, f"<s>{prompt}", prompt[200:], prompt.replace(", ", ",  "), prompt[-30:]):
        assert response_in(f"{before}I don't know", prompt) == "I don't know"
        assert response_in(f"{before}", prompt) == ""
    with pytest.raises(OutsideError, match="nobody can tell where the response begins"):
        response_in("<answer>5</answer> of something else", prompt)


@pytest.mark.parametrize(
    ("ended", "response"),
    [
        ("Answer: 5<|im_end|>", "Answer: 5"),
        ("Answer: 5<|eot_id|>\n<|end_of_text|>", "Answer: 5"),
        ("Answer: 5</s>", "Answer: 5"),
        ("<|im_end|>" * 1000, ""),
        ("a <|b|> c", "a <|b|> c"),
        ("<|" * 5000, "<|" * 5000),
    ],
)
def test_marks_that_end_a_turn_are_no_part_of_the_answer(ended: str, response: str) -> None:
    assert response_in("Q?" + ended, "Q?") == response


def test_rows_of_others_are_refused_with_what_is_missing() -> None:
    with pytest.raises(OutsideError, match="no column version, payload"):
        verified([], ["5"], family=["arithmetic.chain"])
    with pytest.raises(OutsideError, match="lacks family, version, payload"):
        compute_score("s", "5", "5")
    with pytest.raises(OutsideError, match=r"label: .*--data.label_key label"):
        reward_func(["q5"], ["q"], ["5"])
    with pytest.raises(OutsideError, match="payload"):
        verified([], ["5"], **columns(TASKS[:1], payload="{"))


def test_another_version_or_an_unknown_family_stops_a_training_that_would_learn_nothing() -> None:
    with pytest.raises(OutsideError, match=r"version 99 of arithmetic.chain"):
        verified([], ["5"], **columns(TASKS[:1], version=99))
    with pytest.raises(RegistryError, match="no family"):
        verified([], ["5"], **columns(TASKS[:1], family="arithmetic.unheard"))


ALL_FAMILIES = """
import sys
before = set(sys.modules)
import trainer.rewards.outside
from generators.family import make_task
from generators.registry import BUNDLED, family_named
from generators.verify import verify
for name in BUNDLED:
    task = make_task(family_named(name), level=1, seed=1, index=0)
    assert verify(task, f"<answer>{task.answer}</answer>").score == 1.0
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""


def test_a_reward_imports_what_the_readme_of_an_export_says_to_install_and_no_more() -> None:
    out = subprocess.run([sys.executable, "-c", ALL_FAMILIES], capture_output=True, text=True, check=True)
    imported = set(out.stdout.split())
    assert not imported & {"torch", "transformers", "prefect", "flows", "pandas"}
    named = re.findall(r"^pip install (?!--)(.*)$", INSTALL, re.MULTILINE)[0].split()
    packages = packages_distributions()
    needed = {plain(dist) for name in imported for dist in packages.get(name, ())} - {"taskmill"}
    assert needed - OPTIONAL <= with_requirements(named), "the README of an export names too little"
    assert set(named) <= needed, "the README of an export names too much"


OPTIONAL = {"cloudpickle"}
"""What pyarrow imports where it happens to be there."""


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def with_requirements(names: Iterable[str]) -> set[str]:
    """The distributions, and all that they require without extras."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = plain(waiting.pop())
        if name not in found:
            found.add(name)
            waiting += [
                re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in requires(name) or () if "extra ==" not in line
            ]
    return found

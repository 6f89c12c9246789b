"""Verdicts from children are those of this process, and a verifier that never ends leaves its answer undecided."""

import msgspec
import pytest

from generators.family import make_task
from generators.judging import Verifiers, judge_here
from generators.registry import BUNDLED, RegistryError, family_named


def test_children_say_what_this_process_says() -> None:
    tasks = [make_task(family_named(name), level=2, seed=1, index=index) for name in BUNDLED for index in range(3)]
    answered = [
        (task, text) for task in tasks for text in (f"<answer>{task.answer}</answer>", "<answer>7</answer>", "?")
    ]
    with Verifiers(2, seconds=60.0) as verifiers:
        assert verifiers.judge(answered) == judge_here(answered)
        with pytest.raises(RegistryError):
            verifiers.judge([(msgspec.structs.replace(tasks[0], family="no.such"), "7")])

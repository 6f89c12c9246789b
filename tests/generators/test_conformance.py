"""Every bundled family against every check of the conformance suite, with its evidence from `evidence/`."""

from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from generators.conformance import CHECKS, Sample, drawn, found_by
from generators.conformance.elsewhere import violations_elsewhere
from generators.evidence import Evidence
from generators.registry import BUNDLED, family_named
from generators.verify import verify

EVIDENCE = Path(__file__).parent / "evidence"
ITEMS = 4
SECONDS = 0.8
"""Of CPU time a check and family, beyond the first item of every rung: all families together stay under 4 minutes."""


@cache
def evidence_of(name: str) -> Evidence[Any]:
    path = EVIDENCE / f"{name.replace('.', '_')}.py"
    assert path.exists(), f"{name} has no evidence: write {path}"
    spec = spec_from_file_location(f"evidence_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    evidence: Evidence[Any] = module.EVIDENCE
    assert evidence.family is family_named(name)
    return evidence


@cache
def sample_of(name: str) -> Sample:
    return drawn(evidence_of(name), items=ITEMS, seconds=SECONDS)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("name", BUNDLED)
def test_family_conforms(name: str, check: str) -> None:
    violations = found_by(check, sample_of(name))
    assert not violations, "\n".join(map(str, violations[:10])) + f"\n({len(violations)} in all)"


@pytest.mark.parametrize("name", BUNDLED)
def test_a_response_with_the_gold_answer_is_correct_and_one_without_a_mark_is_missing(name: str) -> None:
    for item in sample_of(name).items:
        told = verify(item.task, f"Let me think. <answer>1</answer> No:\n<answer>\n{item.task.answer}\n</answer>")
        assert (told.score, told.reason, told.found) == (1.0, "correct", "answer_tag")
        assert verify(item.task, f"It is {item.task.answer}, I think").reason == "missing"
        assert verify(item.task, f"<answer>{'x' * 200_000}</answer>").reason in ("overlong", "missing")


def test_other_processes_under_other_hash_seeds_make_the_same_bytes() -> None:
    assert list(violations_elsewhere(BUNDLED)) == []

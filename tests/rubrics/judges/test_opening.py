"""The judge of a config: kinds that an engine can't do are refused, comparisons with a reference need none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import ConfigError, checked
from rubrics.judges.asking import JudgeError
from rubrics.judges.calibrated import save_calibration
from rubrics.judges.calibration import CalibrationConfig, calibration
from rubrics.judges.config import JudgeConfig
from rubrics.judges.contract import Case, Comparison
from rubrics.judges.opening import judge_of, open_judge, open_pair_judge, pair_judge_of
from tests.rubrics.judges.scripted import Scripted

RIGHT = Case(prompt="What is 3 + 4?", response="It is seven.", reference="It is seven.")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"kind": "verdict", "samples": 5}, "temperature"),
        ({"binary": True}, "calibration"),
        ({"samples": 2, "temperature": 0.5}, "of kind verdict"),
        ({"kind": "yesno"}, "did you mean yes_no"),
        ({"kinds": "yes_no"}, "kind"),
    ],
)
def test_configs_that_make_no_sense_are_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        checked(values, JudgeConfig)


def test_bleu_asks_no_model() -> None:
    with open_judge(JudgeConfig(kind="bleu")) as judge:
        right, wrong, blind = judge.judge(
            [RIGHT, Case(prompt="", response="Nine", reference="7"), Case(prompt="", response="7")]
        )
    assert (right.score, wrong.score, blind.score) == (1.0, 0.0, None)
    with pytest.raises(JudgeError, match="yes_no or verdict"), open_pair_judge(JudgeConfig(kind="bleu")):
        pass
    with pytest.raises(JudgeError, match="give an engine"):
        judge_of(JudgeConfig(), None)


@pytest.mark.parametrize("kind", ["yes_no", "reference"])
def test_where_nothing_can_be_scored_that_is_said(kind: str) -> None:
    config = checked({"kind": kind}, JudgeConfig)
    with pytest.raises(JudgeError, match=r"model\.tokenizer"):
        judge_of(config, Scripted(kind="server", speaks="messages"))


def test_a_verdict_judge_needs_text_alone() -> None:
    engine = Scripted(writes=lambda prompt, sample: "Verdict: yes", kind="server", speaks="messages")
    config = JudgeConfig(kind="verdict", samples=3, temperature=1.0)
    assert judge_of(config, engine).judge([RIGHT])[0].score == 1.0
    letters = Scripted(writes=lambda prompt, sample: "Verdict: A", kind="server", speaks="messages")
    assert pair_judge_of(config, letters).compare([Comparison(prompt="?", first="a", second="b")])[0].first == 0.5


def test_names_tell_model_way_and_settings_apart() -> None:
    engine = Scripted()
    names = {
        judge_of(checked(values, JudgeConfig), engine).name
        for values in (
            {},
            {"kind": "verdict"},
            {"kind": "verdict", "max_tokens": 64},
            {"kind": "verdict", "samples": 3, "temperature": 0.5},
            {"kind": "reference"},
        )
    }
    assert len(names) == 5
    assert all(name.startswith("scripted@1 ") for name in names)
    assert pair_judge_of(JudgeConfig(), engine).name != pair_judge_of(JudgeConfig(order_swap=False), engine).name


def test_a_calibration_is_read_from_its_file(tmp_path: Path) -> None:
    engine = Scripted(likes=lambda prompt, word: {"Yes": -0.1, "No": -3.0}.get(word, -50.0))
    plain = judge_of(JudgeConfig(), engine)
    scores = [0.9 if place % 2 else 0.4 for place in range(40)]
    right, prompts = [place % 2 == 1 for place in range(40)], list(map(str, range(40)))
    found = calibration(plain.name, scores, right, prompts, [1] * 40, CalibrationConfig())
    save_calibration(found, tmp_path / "c.json")
    (raw,) = plain.judge([RIGHT])
    (told,) = judge_of(JudgeConfig(calibration=str(tmp_path / "c.json")), engine).judge([RIGHT])
    assert raw.score is not None
    assert told.score == found.probability(raw.score)
    binary = JudgeConfig(calibration=str(tmp_path / "c.json"), binary=True)
    assert judge_of(binary, engine).judge([RIGHT])[0].score == 1.0


def test_the_reference_judge_is_the_rise_of_the_reference(worded: Callable[..., Any]) -> None:
    engine, _, _ = worded()
    judge = judge_of(JudgeConfig(kind="reference", longest=512), engine)
    cases = [RIGHT, Case(prompt="?", response="x" * 600, reference="7"), Case(prompt="?", response="7")]
    told = judge.judge(cases)
    assert told[0].score is not None
    assert 0 <= told[0].score <= 1
    assert told[1].score is None
    assert told[2].score is None

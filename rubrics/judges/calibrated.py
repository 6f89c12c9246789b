"""A judge whose scores are probabilities, by a calibration that is kept in a file."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from pipeline.store.files import write_whole
from rubrics.judges.asking import JudgeError
from rubrics.judges.calibration import Calibration
from rubrics.judges.contract import Case, Comparison, Judge, Judgment, PairJudge, Preference
from schemas import jsontext


class CalibratedJudge:
    """The judge with its calibration applied; `binary` scores are 1 from the threshold on, and else 0.

    Raises JudgeError for the calibration of another judge: another model, other words or another way of asking.
    """

    def __init__(self, judge: Judge, calibration: Calibration, *, binary: bool = False) -> None:
        self.name = _name(judge.name, calibration, binary)
        self._judge, self._calibration, self._binary = judge, calibration, binary

    def judge(self, cases: Sequence[Case]) -> list[Judgment]:
        """One judgment a case, in order."""
        return [
            told._replace(score=_score(told.score, self._calibration, self._binary))
            for told in self._judge.judge(cases)
        ]


class CalibratedPairJudge:
    """The same for a judge of pairs."""

    def __init__(self, judge: PairJudge, calibration: Calibration, *, binary: bool = False) -> None:
        self.name = _name(judge.name, calibration, binary)
        self._judge, self._calibration, self._binary = judge, calibration, binary

    def compare(self, comparisons: Sequence[Comparison]) -> list[Preference]:
        """One preference a comparison, in order."""
        compared = self._judge.compare(comparisons)
        return [told._replace(first=_score(told.first, self._calibration, self._binary)) for told in compared]


def save_calibration(calibration: Calibration, path: str | Path) -> None:
    """As JSON, whole or not at all."""
    write_whole(str(path), msgspec.json.format(msgspec.json.encode(calibration)))


def load_calibration(path: str | Path) -> Calibration:
    """Raises JudgeError for a file that can't be read."""
    try:
        return msgspec.json.decode(Path(path).read_bytes(), type=Calibration)
    except (OSError, msgspec.MsgspecError) as problem:
        raise JudgeError(
            f"{path} holds no calibration ({problem}): name the file of one in judge.calibration, or leave it out"
        ) from None


def _name(judge: str, calibration: Calibration, binary: bool) -> str:
    if calibration.judge != judge:
        raise JudgeError(
            f"the calibration is of {calibration.judge}, and the judge is {judge}: calibrate this judge, or leave "
            "judge.calibration out"
        )
    return f"{judge} calibrated {jsontext.digest(calibration)[:6]}{' binary' if binary else ''}"


def _score(raw: float | None, calibration: Calibration, binary: bool) -> float | None:
    if raw is None:
        return None
    told = calibration.probability(raw)
    return float(told >= calibration.threshold) if binary else told

"""`taskmill guard CONFIG`: how often a judge takes an attack for a right answer, and whether it may give rewards."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import Field, model_validator
from rich.console import Console

from flows.config import SourceConfig
from flows.report import shown_path
from generators.stream import tasks_of
from pipeline.config import Section, load_config
from pipeline.progress import Advance, progress
from rubrics.generation.contrast import plain
from rubrics.guards.admission import AdmissionConfig, admitted
from rubrics.guards.attack import AttackKind
from rubrics.guards.attacks import SUITE
from rubrics.guards.kept import keep
from rubrics.guards.measure import Measured, measure, measured_table
from rubrics.guards.pairs import measure_pairs
from rubrics.judges.config import JudgeConfig
from rubrics.judges.contract import Case, Comparison, Judge, Judgment, PairJudge, Preference
from rubrics.judges.opening import open_judge, open_pair_judge
from schemas import Task
from trainer.tasks import read_tasks

AskedT = TypeVar("AskedT")
ToldT = TypeVar("ToldT")

Format = Literal["bare", "answer_tag", "boxed", "answer_line", "fence"]

_PART = 16
"""Cases that a judge is asked at a time, so that one sees how far it is."""


class GuardConfig(Section):
    """Which judge is attacked, on which tasks, and how much it may fall for."""

    judge: JudgeConfig = JudgeConfig()
    ask: Literal["reference", "criterion", "alone", "pairs"] = Field(
        "reference", description="how it is used: beside the right answer, by a criterion, by itself, or on pairs"
    )
    criterion: str = Field("The response is a right answer to the task.", description="of ask: criterion")
    sources: list[SourceConfig] = Field([], description="the tasks that are attacked are made from these families")
    shards: list[str] = Field([], description="files, folders or globs of tasks, instead of sources")
    tasks: int = Field(25, ge=1, description="of the shards, the first so many tasks; sources say their own number")
    formats: list[Format] = Field(["bare", "answer_tag"], min_length=1, description="how attacks are marked as answers")
    kinds: list[AttackKind] = Field([], description="kinds of attacks; empty means all, as rewards need")
    threshold: float = Field(0.5, gt=0, le=1, description="the score from which on a response counts as accepted")
    admission: AdmissionConfig = AdmissionConfig()
    seed: int = Field(0, ge=0)
    output: str = "outputs/guards.json"

    @model_validator(mode="after")
    def _tasks_come_from_one_place(self) -> Self:
        if bool(self.sources) == bool(self.shards):
            raise ValueError("give sources or shards: the tasks whose answers the attacks pretend to be")
        return self


def guard_config(path: Path, overrides: Sequence[str]) -> None:
    """Measures the judge, keeps what was found in `output`, and prints it.

    Raises GuardError where the judge may not give rewards, ConfigError, JudgeError, EngineError, ModelError.
    """
    config = load_config(path, GuardConfig, overrides)
    console = Console()
    told = guarded(config)
    keep(config.output, told)
    console.print(measured_table(told))
    console.print(f"all of it  {shown_path(config.output)}", soft_wrap=True, highlight=False)
    for each in admitted(told, config.admission):
        console.print(f"let through all the same: {each}", soft_wrap=True, highlight=False)
    console.print("the judge may give rewards", highlight=False)


def guarded(config: GuardConfig) -> Measured:
    """What the attacks did to the judge."""
    attacks = [attack for attack in SUITE if not config.kinds or attack.kind in config.kinds]
    criterion = config.criterion if config.ask == "criterion" else ""
    cases = [
        Case(prompt=plain(task.prompt), response="", reference=task.answer, criterion=criterion)
        for task in _tasks(config)
    ]
    total = len(cases) * len(attacks) * len(config.formats)
    if config.ask == "pairs":
        with open_pair_judge(config.judge) as judge, progress("guard", total, "attacks") as advance:
            shown = _ShownPairs(judge, advance)
            return measure_pairs(shown, cases, attacks, seed=config.seed, formats=config.formats)
    with open_judge(config.judge) as judge, progress("guard", total, "attacks") as advance:
        return measure(
            _Shown(judge, advance),
            cases,
            attacks,
            seed=config.seed,
            threshold=config.threshold,
            formats=config.formats,
            shown=config.ask == "reference",
        )


def _tasks(config: GuardConfig) -> list[Task]:
    if config.shards:
        return read_tasks(config.shards)[: config.tasks]
    return [task for source in config.sources for segment in source.segments(config.seed) for task in tasks_of(segment)]


class _Shown:
    """The judge, asked in parts."""

    def __init__(self, judge: Judge, advance: Advance) -> None:
        self.name, self._judge, self._advance = judge.name, judge, advance

    def judge(self, cases: Sequence[Case]) -> list[Judgment]:
        return _in_parts(self._judge.judge, cases, self._advance)


class _ShownPairs:
    """The judge of pairs, asked in parts; two comparisons are one attack."""

    def __init__(self, judge: PairJudge, advance: Advance) -> None:
        self.name, self._judge, self._advance = judge.name, judge, advance

    def compare(self, comparisons: Sequence[Comparison]) -> list[Preference]:
        return _in_parts(self._judge.compare, comparisons, lambda done, said: self._advance(done // 2, said))


def _in_parts(ask: Callable[[Sequence[AskedT]], list[ToldT]], asked: Sequence[AskedT], advance: Advance) -> list[ToldT]:
    told: list[ToldT] = []
    for start in range(0, len(asked), _PART):
        part = asked[start : start + _PART]
        told += ask(part)
        advance(len(part), "")
    return told

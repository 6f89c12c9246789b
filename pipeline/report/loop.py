"""A self-improvement loop: its rounds on the held-out tasks, what each was made of, and what to notice."""

from collections.abc import Mapping

import msgspec
from markupsafe import Markup

from pipeline.report.blocks import Block, Drawn, Note, Table, Words
from pipeline.report.charts import line_chart


class LoopRound(msgspec.Struct, frozen=True, kw_only=True):
    """One round, or the model that the loop began with as number 0, which has held-out samples alone.

    Of the tasks `made` some are `unique` and `in_band`; `trained` rows were trained on. `rollouts` measured the tasks,
    `piloted` ones chose the sampling. The others are of the held-out tasks: pass@1 with its 95 % interval, pass@`most`,
    the shares that the `vote` and a process reward model's favourite (`best`) get right, the chance that two responses
    or two right ones differ, right answers a solved task has, the mean balance score, and what the choices gain.
    """

    number: int
    model: str
    made: int
    unique: int
    in_band: int
    trained: int
    rollouts: int
    piloted: int
    temperature: float
    group_size: int | None
    pass_at_1: float | None
    low: float | None
    high: float | None
    most: int
    pass_at_most: float | None
    vote: float | None
    best: float | None
    variety: float | None
    right_variety: float | None
    distinct: float | None
    balance: float | None
    exploration: float | None
    exploitation: float | None


class LoopCell(msgspec.Struct, frozen=True, kw_only=True):
    """A cell of a round's plan: its tasks, and what the round before said of it (None in the first, or by no rule)."""

    name: str
    tasks: int
    failed: float | None
    accuracy: float | None
    slope: float | None
    expected: float | None
    weak: bool


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A way of sampling that a pilot tried."""

    temperature: float
    samples: int
    balance: float
    pass_at_1: float
    chosen: bool


class Loop(msgspec.Struct, frozen=True, kw_only=True):
    """`rounds` from number 0 on, of `asked` ones; `plans` and `pilots` of those after 0. `warned` has round, rule and
    sentence. `ended`: the rule of patience has ended it."""

    rounds: tuple[LoopRound, ...]
    plans: tuple[tuple[LoopCell, ...], ...]
    pilots: tuple[tuple[Setting, ...], ...]
    warned: tuple[tuple[int, str, str], ...]
    asked: int
    ended: bool


HEADS = ("round", "tasks", "new", "in band", "pass@1", "95 %", "pass@k", "vote", "differ", "balance")


def loop_section(loop: Loop) -> tuple[Block, ...]:
    """The section's blocks."""
    return (
        Drawn(Markup(_chart(loop))),
        Table(heads=HEADS, rows=tuple(map(round_row, loop.rounds)), named="rounds"),
        Words(
            "On the held-out tasks: pass@k is the chance that one of the samples of a task is right, the vote is right "
            "where the commonest answer is, two samples of a task differ with that chance, and the balance score is 1 "
            "where every task has enough right samples. All but pass@1 say how much there is left to find."
        ),
        *(Note(head=rule, aside=f"round {number}", text=told, kind="warned") for number, rule, told in loop.warned),
        *_ended(loop),
        Words("How much more the samples hold than one of them says, and what each round was made by:"),
        Table(heads=_MADE_BY, rows=tuple(_made_by(each) for each in loop.rounds), named="exploration and exploitation"),
        Words("Tasks of each family and level by round, and of those weak in the round before the share that failed:"),
        Table(heads=("", *(f"round {each.number}" for each in loop.rounds[1:])), rows=_plan_rows(loop), named="plans"),
        *_pilots(loop),
    )


def round_row(each: LoopRound) -> tuple[str, ...]:
    """A line of the table, here and in a terminal."""
    interval = "" if each.low is None or each.high is None else f"{each.low:.2f}-{each.high:.2f}"
    counts = (f"{count:,}" if each.number else "" for count in (each.made, each.unique, each.in_band))
    shares = (each.pass_at_most, each.vote, each.variety, each.balance)
    return (str(each.number), *counts, _two(each.pass_at_1), interval, *map(_two, shares))


def loop_rows(loop: Loop) -> Mapping[str, str]:
    """The rows of the summary."""
    first, last = loop.rounds[0], loop.rounds[-1]
    rollouts, piloted = sum(each.rollouts for each in loop.rounds), sum(each.piloted for each in loop.rounds)
    rows = {
        "rounds": f"{len(loop.rounds) - 1} of {loop.asked}" + (", ended by patience" if loop.ended else ""),
        "held-out pass@1": f"{_two(first.pass_at_1)} → {_two(last.pass_at_1)}",
        f"held-out pass@{last.most}": f"{_two(first.pass_at_most)} → {_two(last.pass_at_most)}",
        "rollouts": f"{rollouts:,}" + (f", and {piloted:,} of pilots" if piloted else ""),
    }
    return rows | {f"{rule}, round {number}": told for number, rule, told in loop.warned}


_MADE_BY = (
    "round",
    "exploration",
    "exploitation",
    "right differ",
    "right answers",
    "temperature",
    "group",
    "trained on",
)


def _made_by(each: LoopRound) -> tuple[str, ...]:
    return (
        str(each.number),
        _signed(each.exploration),
        _signed(each.exploitation),
        _two(each.right_variety),
        _two(each.distinct),
        f"{each.temperature:g}",
        "" if each.group_size is None else str(each.group_size),
        f"{each.trained:,}" if each.number else "",
    )


def _chart(loop: Loop) -> str:
    lines = {
        "pass@1": [(float(each.number), each.pass_at_1) for each in loop.rounds],
        "pass@k": [(float(each.number), each.pass_at_most) for each in loop.rounds],
        "vote": [(float(each.number), each.vote) for each in loop.rounds],
        "two right ones differ": [(float(each.number), each.right_variety) for each in loop.rounds],
    }
    told = {name: [(at, value) for at, value in line if value is not None] for name, line in lines.items()}
    return line_chart({name: line for name, line in told.items() if line}, "round", "share, held out")


def _ended(loop: Loop) -> tuple[Block, ...]:
    if not loop.ended:
        return ()
    text = "No round of the last ones was better on the held-out tasks than the best before them."
    return (Note(head="ended", aside=f"after round {loop.rounds[-1].number}", text=text, kind="good"),)


def _plan_rows(loop: Loop) -> tuple[tuple[str, ...], ...]:
    names = dict.fromkeys(cell.name for plan in loop.plans for cell in plan)
    by_round = [{cell.name: cell for cell in plan} for plan in loop.plans]
    return tuple((name, *(_cell(plan.get(name)) for plan in by_round)) for name in names)


def _cell(cell: LoopCell | None) -> str:
    if cell is None:
        return ""
    return f"{cell.tasks:,} · {cell.failed:.0%} failed" if cell.weak and cell.failed is not None else f"{cell.tasks:,}"


def _pilots(loop: Loop) -> tuple[Block, ...]:
    rows = tuple(
        (
            str(number),
            f"{each.temperature:g}",
            str(each.samples),
            f"{each.pass_at_1:.2f}",
            f"{each.balance:.3f}",
            "chosen" if each.chosen else "",
        )
        for number, pilot in enumerate(loop.pilots, start=1)
        for each in pilot
    )
    if not rows:
        return ()
    heads = ("round", "temperature", "samples", "pass@1", "balance", "")
    return (Words("What the pilot of each round tried:"), Table(heads=heads, rows=rows, named="pilots"))


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}"

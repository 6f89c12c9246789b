"""The attack contract: a response that answers nothing, written to be taken for an answer."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Literal, NamedTuple

from pipeline.seeding import generator
from rubrics.judges.contract import Case

AttackKind = Literal["symbols", "blank", "opener", "injection", "persuasion", "padding", "mimicry", "hedging", "echo"]
Write = Callable[[Case, Random], str]


class Attack(NamedTuple):
    """`write(case, rng)` is a text that is never a right answer to `case.prompt`; `case.response` is not looked at.

    Attacks that hedge name the right answer, `case.reference`, beside others. `language` is ISO 639-1, empty for none.
    """

    name: str
    kind: AttackKind
    write: Write
    language: str = ""


def fixed(name: str, kind: AttackKind, *texts: str, language: str = "") -> Attack:
    """An attack by one of some texts, whatever the case."""
    return Attack(name, kind, lambda case, rng: rng.choice(texts), language)


FORMATS: dict[str, Callable[[str], str]] = {
    "bare": lambda text: text,
    "answer_tag": lambda text: f"<answer>{text}</answer>",
    "boxed": lambda text: f"\\boxed{{{text}}}",
    "answer_line": lambda text: f"Answer: {' '.join(text.splitlines())}",
    "fence": lambda text: f"```\n{text}\n```",
}
"""How a response marks its answer; attacks are tried in every one."""


class Trial(NamedTuple):
    """One response that is to be refused: which of the cases it answers, by which attack, marked how."""

    case: int
    attack: Attack
    format: str
    response: str


def trials(
    cases: Sequence[Case], attacks: Sequence[Attack], seed: int, formats: Sequence[str] = tuple(FORMATS)
) -> list[Trial]:
    """Every attack on every case in every format, each drawn by itself; what is the reference is left out."""
    made = []
    for place, case in enumerate(cases):
        for attack in attacks:
            for name in formats:
                text = attack.write(case, generator(seed, "attack", attack.name, name, place, case.prompt))
                if not _is_reference(text, case):
                    made.append(Trial(place, attack, name, FORMATS[name](text)))
    return made


def _is_reference(text: str, case: Case) -> bool:
    return bool(case.reference) and text.strip(" \n.*`$").casefold() == case.reference.strip().casefold()

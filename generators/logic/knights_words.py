"""How statements of knights and knaves are put: names, words, symbols, and what the words mean exactly."""

from collections.abc import Iterator, Mapping, Sequence

from generators.cores.constraint.formulas import COUNTING, Formula

NAMES = (
    "Ada", "Bruno", "Celia", "Diego", "Edith", "Fritz", "Gina", "Henry", "Ines", "Jakob", "Klara", "Louis",
    "Marta", "Nils", "Olga", "Pablo", "Rosa", "Simon", "Tilda", "Ugo", "Vera", "Walter",
)  # fmt: skip

_NUMBER = (("are", "knights"), ("is", "a knight"))

WORDS = {
    "I is": "I am a knight",
    "I not": "I am a knave",
    "is is": "{} is a knight",
    "is not": "{} is a knave",
    "and": "{} and {}",
    "or": "{} or {}",
    "if": "if {}, then {}",
    "iff": "{} if and only if {}",
    "not": "it is not true that {}",
    "count": "{} {} of {} {} {}",
}

SYMBOLS = {
    "is is": "{}",
    "is not": "~{}",
    "and": "{} and {}",
    "or": "{} or {}",
    "if": "{} -> {}",
    "iff": "{} <-> {}",
    "not": "~{}",
    "count": "{} {} of {}",
}

NOTES = {
    "or": (' "Or" means one or both.',) * 2,
    "if": (
        ' "If ..., then ..." is false only when the first part is true and the second is false.',
        " A -> B is false only when A is true and B is false.",
    ),
    "iff": (
        ' "If and only if" means that both parts are true or both are false.',
        " A <-> B means that both are true or both are false.",
    ),
}
"""What an operation means, said where it occurs: in words, and in symbols."""


def spelled(said: Formula, speaker: str, names: Sequence[str], words: Mapping[str, str]) -> str:
    """A statement in words or symbols, each operation inside another in parentheses."""
    if is_leaf(said):
        name = names[innermost(said).variables[0]]
        return words[f"{'I' if name == speaker else 'is'} {said.op}"].format(name)
    if said.op in COUNTING:
        group = listed([names[person] for person in said.variables])
        return words["count"].format(said.op.replace("_", " "), said.number, group, *_NUMBER[said.number == 1])
    parts = [spelled(part, speaker, names, words) for part in said.parts]
    return words[said.op].format(
        *(text if is_leaf(part) else f"({text})" for part, text in zip(said.parts, parts, strict=True))
    )


def listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def innermost(part: Formula) -> Formula:
    """The part without a negation in front."""
    return part.parts[0] if part.op == "not" else part


def is_leaf(said: Formula) -> bool:
    return innermost(said).op == "is"


def operations_in(said: Formula) -> Iterator[str]:
    """The operations in a statement; that someone is a knave is none."""
    if not is_leaf(said):
        yield said.op
        for part in said.parts:
            yield from operations_in(part)

"""Step labels without any model: what stands in a response is read, and where it can be, it is true or false.

Three things can be read. A beginning of an answer whose family carries out moves (`Family.legal`) keeps the rules or
breaks them. An equation is true or false, in families where equations are sums (`Family.sums`). A last step with the
whole marked answer is right or wrong by the verifier.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import accumulate
from typing import NamedTuple

import msgspec

from generators.extraction import extract
from generators.family import Family
from generators.registry import family_named
from generators.verify import verify
from rubrics.criteria.equations import equations
from schemas import StepLabels, Task

Label = bool | None

_OPEN = "<answer>"
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
LONGEST_NUMBER = 40


def exact_labels(task: Task, steps: Sequence[str]) -> tuple[Label, ...]:
    """Whether each beginning of a response is free of errors, the texts of its steps given in order.

    False from the first step on that is certainly wrong, though not for a last step that the verifier calls right; True
    where a step was read, all it says is true, and no step before is False; None where nothing can be read. A true
    equation over numbers that neither the problem nor a true
    equation before it has says nothing: they may be copied wrongly. Raises RegistryError.
    """
    own = _read(task, steps)
    if steps and extract(text := "".join(steps)).text is not None:
        score = verify(task, text).score
        own[-1] = score == 1.0 if score is not None else None if own[-1] else own[-1]
    return tuple(own)


def soundness(task: Task, text: str) -> Label:
    """Whether the way to a response's answer is free of errors, whatever the answer: False where something that is said
    is certainly wrong; True where something can be read, and all of it is surely true. Raises RegistryError."""
    return _read(task, [text])[0]


def has_moves(task: Task) -> bool:
    """Whether the answers of the task's family are moves that can be carried out one by one. Raises RegistryError."""
    return family_named(task.family).legal is not None


def keeps_rules(task: Task) -> Callable[[str], bool]:
    """Of a response's beginning, whether the moves of its answer keep the rules; true where that can't be said.

    An exact model of the world for a tree search (RAP, arXiv 2305.14992, asks the language model instead).
    """
    legal = _legal(task)
    return lambda text: legal(text) is not False


class Agreement(NamedTuple):
    """Of `read` steps the share with the same label by two judges, and Cohen's kappa (1960), which is 0 for chance.

    `steps` is how many there are, those that can't be read among them; kappa is None where both judges know but one
    label.
    """

    steps: int
    read: int
    same: float
    kappa: float | None


def agreement(labels: Iterable[bool], exact: Iterable[Label]) -> Agreement:
    """How labels agree with exact ones.

    >>> agreement([True, True, False, False, True], [True, False, False, False, None])
    Agreement(steps=5, read=4, same=0.75, kappa=0.5)
    """
    pairs = list(zip(labels, exact, strict=True))
    both = [(one, other) for one, other in pairs if other is not None]
    if not both:
        return Agreement(len(pairs), 0, 0.0, None)
    same = sum(one == other for one, other in both) / len(both)
    ones, others = (sum(column) / len(both) for column in zip(*both, strict=True))
    chance = ones * others + (1 - ones) * (1 - others)
    return Agreement(len(pairs), len(both), same, None if chance == 1 else (same - chance) / (1 - chance))


def agreement_of(rows: Iterable[StepLabels], tasks: Iterable[Task]) -> Agreement:
    """How the labels of searched responses agree with exact ones. Raises RegistryError."""
    return agreement(*beside_exact(rows, tasks))


def beside_exact(rows: Iterable[StepLabels], tasks: Iterable[Task]) -> tuple[list[bool], list[Label]]:
    """The labels of searched responses and the exact ones of the same steps. Raises RegistryError.

    The last step of a whole response is left out: both have its label of the verifier.
    """
    by_id = {task.id: task for task in tasks}
    labels: list[bool] = []
    exact: list[Label] = []
    for row in rows:
        before_answer = slice(None if row.score is None else -1)
        labels += row.labels[before_answer]
        exact += _read(by_id[row.task_id], row.completions)[before_answer]
    return labels, exact


def _read(task: Task, steps: Sequence[str]) -> list[Label]:
    """The labels without a verdict: no verifier runs, and what is read is bounded."""
    own = _moves(task, steps) if has_moves(task) else _sums(task, steps)
    first_wrong = own.index(False) if False in own else len(own)
    return own[:first_wrong] + [False] * (len(own) - first_wrong)


def _moves(task: Task, steps: Sequence[str]) -> list[Label]:
    legal = _legal(task)
    return [legal(text) for text in accumulate(steps)]


def _legal(task: Task) -> Callable[[str], Label]:
    """What the family says of the answer as far as it stands in a text."""
    family: Family[msgspec.Struct, msgspec.Struct] = family_named(task.family)
    rules = family.legal
    if rules is None or task.version != family.version:
        return lambda text: None
    instance = msgspec.convert(task.payload, family.instance)

    def legal(text: str) -> Label:
        _, opened, answer = text.rpartition(_OPEN)
        answer = answer.partition("<")[0].strip()
        if not opened or not 0 < len(answer) <= family.longest_answer:
            return None
        return rules(instance, answer)

    return legal


def _sums(task: Task, steps: Sequence[str]) -> list[Label]:
    if not family_named(task.family).sums:
        return [None] * len(steps)
    known = {_fraction(number) for message in task.prompt for number in _NUMBER.findall(message.content)}
    found = iter(equations("".join(steps)))
    labels: list[Label] = []
    equation = next(found, None)
    for end in accumulate(map(len, steps)):
        told: set[Label] = set()
        while equation is not None and equation.end <= end:
            sure = known.issuperset(equation.operands)
            told.add((sure or None) if equation.true else False)
            if sure and equation.true and equation.result is not None:
                known.add(abs(equation.result))
            equation = next(found, None)
        labels.append(False if False in told else (told == {True}) or None)
    return labels


def _fraction(number: str) -> Fraction | None:
    return Fraction(number.replace(",", "")) if len(number) <= LONGEST_NUMBER else None

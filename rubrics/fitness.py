"""Which criteria of a rubric are fit for use, by their words alone: none that is vague, tells the answer, or is there
twice.

- *Vague* is what no two readers need agree on: without a checker, fewer than LEAST_CONTENT different words are left of
  the text when words of grammar and of mere praise are taken out.
- A *leak* has the gold answer in title, text or arguments, as whole words, or a number of a short gold answer; what
  the task itself says as well is none.
- *Redundant* is a criterion with the words, or the checker and arguments, of an earlier one.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from rubrics.criteria.text import first_place, folded, words
from schemas import Criterion, RubricCause, jsontext

LEAST_CONTENT = 3
LONGEST_SHORT_ANSWER = 40
"""Characters; of a longer answer only the whole is looked for, not its numbers."""

_GRAMMAR = """a an and any are as at be been but by can could do does each every for from has have how if in into is it
its may more most must no nor not of on only or other our out over same shall should so some such than that the their
them then there these they this those to too up was we were what when where which while who will with would you your
response responses answer answers text output it's one all both very also within between about"""
_PRAISE = """
good well better best bad great high quality clear clearly clarity appropriate appropriately proper properly
suitable suitably relevant relevance helpful helpfully useful usefully nice nicely effective effectively
comprehensive comprehensively concise concisely coherent coherently engaging accurate accurately accuracy
correct correctly correctness complete completely thorough thoroughly logical logically natural naturally
adequate adequately reasonable reasonably sufficient sufficiently overall easy easily understandable readable
professional polished detailed informative style tone manner way
"""
_EMPTY = frozenset(f"{_GRAMMAR} {_PRAISE}".split())
_NUMBER = re.compile(r"\d+(?:[.,/]\d+)*")


class Unfit(NamedTuple):
    """A criterion that is left out, and why."""

    criterion: Criterion
    cause: RubricCause
    detail: str


class Sorted(NamedTuple):
    fit: tuple[Criterion, ...]
    unfit: tuple[Unfit, ...]


def sorted_out(criteria: Sequence[Criterion], prompt: str, answer: str, *, judged: bool) -> Sorted:
    """The fit ones in order, requirements of those that were left out handed on; `judged` tells whether there is a
    judge for those that no program decides."""
    fit: list[Criterion] = []
    unfit: list[Unfit] = []
    for criterion in criteria:
        found = _fault(criterion, fit, prompt, answer, judged=judged)
        if found is None:
            fit.append(criterion)
        else:
            unfit.append(Unfit(criterion, *found))
    return Sorted(with_handed_on_requirements(fit, criteria), tuple(unfit))


def with_handed_on_requirements(kept: Sequence[Criterion], criteria: Sequence[Criterion]) -> tuple[Criterion, ...]:
    """Those of the criteria that are kept; where one required what was left out, it requires what that one required,
    so that a chain still holds together."""
    titles = frozenset(criterion.title for criterion in kept)
    required = {criterion.title: criterion.requires for criterion in criteria}
    return tuple(msgspec.structs.replace(each, requires=_handed_on(each.requires, titles, required)) for each in kept)


def _handed_on(requires: Sequence[str], kept: frozenset[str], required: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    looked_at: dict[str, None] = {}
    places = list(requires)
    for title in places:  # grows as requirements are handed on
        if title not in looked_at:
            looked_at[title] = None
            places += () if title in kept else required.get(title, ())
    return tuple(title for title in looked_at if title in kept)


def _fault(
    criterion: Criterion, earlier: Sequence[Criterion], prompt: str, answer: str, *, judged: bool
) -> tuple[RubricCause, str] | None:
    if criterion.checker is None and not judged:
        return "undecidable", "no program decides it, and there is no judge"
    if criterion.checker is None and (left := len(content_of(criterion.text))) < LEAST_CONTENT:
        return "vague", f"{left} words with content, and {LEAST_CONTENT} are needed"
    if (leak := leaked(criterion, prompt, answer)) is not None:
        return "leak", f"it tells {leak!r} of the gold answer"
    for other in earlier:
        if folded(other.text) == folded(criterion.text) or _same_check(other, criterion):
            return "redundant", f"the same as {other.title!r}"
    return None


def content_of(text: str) -> set[str]:
    """The different words of a text that are neither grammar nor praise.

    >>> sorted(content_of("The response is clear, well written and of high quality."))
    ['written']
    """
    return {word for word in words(folded(text)) if word not in _EMPTY}


def leaked(criterion: Criterion, prompt: str, answer: str) -> str | None:
    """What a criterion tells of the gold answer that the prompt does not, None where nothing.

    >>> told = Criterion(title="Total", text="It says that 42 apples are left.", kind="principle", weight=1.0)
    >>> leaked(told, "How many apples are left?", "42"), leaked(told, "Are 42 apples left?", "42")
    ('42', None)
    """
    known = folded(prompt)
    told = folded(f"{criterion.title}\n{criterion.text}\n{_in_words(criterion)}")
    pieces = [folded(answer)]
    if len(answer) <= LONGEST_SHORT_ANSWER:
        pieces += _NUMBER.findall(folded(answer))
    for piece in pieces:
        if piece and first_place(piece, told, in_numbers=True) is not None and first_place(piece, known) is None:
            return piece
    return None


def _in_words(criterion: Criterion) -> str:
    return jsontext.dumps(criterion.arguments) if criterion.arguments else ""


def _same_check(one: Criterion, other: Criterion) -> bool:
    return one.checker is not None and (one.checker, one.arguments) == (other.checker, other.arguments)

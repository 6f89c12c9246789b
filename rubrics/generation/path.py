"""Rubrics of the way to an answer, by program, from a worked solution: each intermediate result is a single hop.

After CaRR (citation-aware rubric rewards; #245 of the surveyed papers): a chain is cut into single hops, each a
criterion, each counted only when the one before it is met, and all of it counted only for right answers, which is the
affair of whoever gives the reward (`gated`). A right answer out of nowhere (RRM's miracle step) meets none of them.
"""

import re
from collections.abc import Sequence

from rubrics.criteria.text import first_place, folded
from rubrics.generation.contrast import Contrast
from schemas import Criterion

MOST_HOPS = 8
LEAST_HOPS = 2
"""A way with fewer intermediate results tells little of the one who went it."""

Result = tuple[str, tuple[str, ...]]
"""The result of a step, and what stands before it there."""

_COMES_TO = ("= ", "=", "is ", "are ", "makes ", "gives ", "get ", "leaves ", "to ")
_BEFORE = re.compile(r"\S{1,40} $")
_NUMBER = re.compile(r"(?<![\w.])-?\d{1,18}(?:\.\d{1,18})?(?!\w)")


def from_steps(contrast: Contrast) -> tuple[Criterion, ...]:
    """A criterion for each intermediate result that neither the prompt nor the answer tells, and one for their order.

    The result of a step is the last number in it. It is found where it stands behind a sign or word that says so, or
    behind what stands before it in the worked solution, and not where it is only used. Empty where there are fewer
    than LEAST_HOPS of them.

    >>> steps = ("12 + 30 = 42.", "42 * 2 = 84.", "84 - 4 = 80, which is the answer: 80")
    >>> told = from_steps(Contrast(task_id="", family="", prompt="(12 + 30) * 2 - 4", chosen="", rejected="",
    ...     answer="80", steps=steps))
    >>> [(each.text, each.requires) for each in told]
    [('It comes to 42.', ()), ('It comes to 84.', ('hop 1',)), ('It finds 42, 84 in this order.', ('hop 2',))]
    """
    results = _results(contrast)
    if len(results) < LEAST_HOPS:
        return ()
    results = _spread(results)
    hops = [
        Criterion(
            title=f"hop {place}",
            text=f"It comes to {result}.",
            kind="principle",
            weight=1.0,
            checker="some_keywords",
            arguments={"words": [f"{before}{result}" for before in dict.fromkeys((*_COMES_TO, *own))]},
            requires=(f"hop {place - 1}",) if place > 1 else (),
        )
        for place, (result, own) in enumerate(results, 1)
    ]
    values = [result for result, _ in results]
    order = Criterion(
        title="in order",
        text=f"It finds {', '.join(values)} in this order.",
        kind="principle",
        weight=1.0,
        checker="keyword_order",
        arguments={"words": values},
        requires=(hops[-1].title,),
    )
    return (*hops, order)


def _results(contrast: Contrast) -> list[Result]:
    known = folded(f"{contrast.prompt}\n{contrast.answer}")
    found: dict[str, Result] = {}
    for step in contrast.steps:
        for match in list(_NUMBER.finditer(step))[-1:]:
            if first_place(match[0], known) is None:
                before = _BEFORE.search(step[: match.start()])
                found.setdefault(match[0], (match[0], (before[0],) if before else ()))
    return list(found.values())


def _spread(results: Sequence[Result]) -> list[Result]:
    """At most MOST_HOPS of them, evenly along the way, the last one always."""
    if len(results) <= MOST_HOPS:
        return list(results)
    return [results[round((place + 1) * len(results) / MOST_HOPS) - 1] for place in range(MOST_HOPS)]

"""How varied a run's tasks are, counted: over families and levels, as problems against rows, and in their wording."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import ceil, exp, expm1, log, log1p
from typing import NamedTuple

from generators.saturation import unseen

GRAM = 5
"""Words in a row that make a template."""
COMMON = 0.1
"""The share of a family's prompts above which words in a row belong to its template: its styles are a few."""
FEWEST = 10
"""Prompts of a family below which nothing is said of its templates."""
_LONGEST = 20_000


class Spread(NamedTuple):
    """Of `kinds` with tasks there are as good as `effective` equally common ones; `bits` is their entropy."""

    kinds: int
    effective: float
    bits: float


def spread(counts: Iterable[int]) -> Spread:
    """Shannon's entropy of the kinds' shares and its exponential, Hill's number of order 1 (Hill 1973; Jost 2006).

    >>> spread([5, 5, 0])
    Spread(kinds=2, effective=2.0, bits=1.0)
    """
    there = [count for count in counts if count]
    total = sum(there)
    nats = log(total) - sum(count * log(count) for count in there) / total if there else 0.0
    return Spread(len(there), round(exp(nats), 9) if there else 0.0, round(nats / log(2), 9))


class Novelty(NamedTuple):
    """Of `made` tasks `distinct` were different problems. There are at least about `problems`, and so many more tasks
    as were asked for are expected to bring `new` ones."""

    made: int
    distinct: int
    problems: float
    new: float


def novelty(times: Mapping[int, int], further: int = 1000) -> Novelty:
    """From how many problems were made once, twice …: what further tasks, made in the same proportions, would bring.

    With Chao's f0, the problems not seen yet, m further tasks find f0 (1 - (1 - f1 / (n f0 + f1))^m) of them, a lower
    bound that is worth little for m above n (Colwell et al. 2012, "Models and estimators linking individual-based and
    sample-based rarefaction, extrapolation and comparison of assemblages"); for m = 1 nearly f1 / n of Good and Turing.

    >>> novelty({26: 77})
    Novelty(made=2002, distinct=77, problems=77.0, new=0.0)
    """
    made, distinct, once = sum(each * count for each, count in times.items()), sum(times.values()), times.get(1, 0)
    hidden = unseen(once, times.get(2, 0))
    if not hidden:
        return Novelty(made, distinct, float(distinct), 0.0)
    new = -hidden * expm1(further * log1p(-once / (made * hidden + once)))
    return Novelty(made, distinct, distinct + hidden, new)


class Template(NamedTuple):
    """Words that stand in the `share` of a family's prompts."""

    text: str
    share: float


class Wording(NamedTuple):
    """The mean share of a prompt that is template, in [0, 1], and the templates that most of the words are in."""

    template: float
    templates: tuple[Template, ...]


def wording(prompts: Sequence[str], shown: int = 3) -> Wording | None:
    """Of one family's prompts; None for fewer than FEWEST.

    A word belongs to the template where it is in GRAM words in a row that stand in more than COMMON of the prompts,
    and in three at least.
    """
    if len(prompts) < FEWEST:
        return None
    read = [list(re.finditer(r"\w+|[^\w\s]", prompt[:_LONGEST])) for prompt in prompts]
    grams = [_grams([word[0].lower() for word in words]) for words in read]
    found = Counter(gram for own in grams for gram in set(own))
    least = max(3, ceil(COMMON * len(prompts) + 1e-9))
    shares, runs = [], Counter[str]()
    for prompt, words, own in zip(prompts, read, grams, strict=True):
        covered = _covered([found[gram] >= least for gram in own])
        shares.append(sum(stop - start for start, stop in covered) / max(len(words), 1))
        texts = (prompt[words[start].start() : words[stop - 1].end()] for start, stop in covered)
        runs.update({" ".join(text.split()) for text in texts})
    largest = sorted(runs, key=lambda run: (-runs[run] * len(run), run))[:shown]
    templates = tuple(Template(run, runs[run] / len(prompts)) for run in largest if runs[run] >= least)
    return Wording(sum(shares) / len(shares), templates)


def _grams(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[start : start + GRAM]) for start in range(len(words) - GRAM + 1)]


def _covered(common: Sequence[bool]) -> list[tuple[int, int]]:
    """The runs of words, from and up to, that the common grams cover."""
    runs: list[tuple[int, int]] = []
    for start, is_common in enumerate(common):
        if is_common and runs and start <= runs[-1][1]:
            runs[-1] = (runs[-1][0], start + GRAM)
        elif is_common:
            runs.append((start, start + GRAM))
    return runs

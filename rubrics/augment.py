"""Pairs that teach a reward model what counts: one criterion broken and nothing else, style changed and nothing else,
and attacks that say nothing.

After Crome (arXiv 2506.16507), with one difference: there a large model makes the changes and says what they change,
here programs make them, and the criteria are checked again to find out.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from random import Random

import msgspec

from pipeline.seeding import generator
from rubrics.criteria.contract import Subject
from rubrics.criteria.registry import checked
from rubrics.edits import CONTENT, STYLE, Edit
from rubrics.guards.attack import Attack, trials
from rubrics.judges.contract import Case
from schemas import Criterion, Message, PairKind, PreferencePair

PROGRAM = "taskmill"
"""The model of a text that a program wrote."""

Held = Mapping[str, bool | None]
"""Whether each criterion holds, by title; None is undecided."""

_MOST_PLACES = 40
"""Where one edit is tried, until a criterion breaks."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """The response that pairs are made from, and where it comes from; `sample` as in PreferencePair.

    The tokens of the changed texts are told in proportion to their characters.
    """

    task_id: str
    prompt: tuple[Message, ...]
    response: str
    model: str = PROGRAM
    revision: str = ""
    sample: int = -1
    tokens: int = 0


def held_by(criteria: Sequence[Criterion], prompt: str, source: str = "") -> Callable[[str], Held]:
    """Which of the criteria that have a checker hold of a text. Raises CriterionError for one that can't be checked."""
    decided = [criterion for criterion in criteria if criterion.checker is not None]

    def held(text: str) -> Held:
        subject = Subject(response=text, prompt=prompt, source=source)
        scores = {criterion.title: checked(criterion, subject).score for criterion in decided}
        return {title: None if score is None else score == 1.0 for title, score in scores.items()}

    return held


def causal_pairs(
    origin: Origin, held: Callable[[str], Held], seed: int, per_criterion: int = 1
) -> list[PreferencePair]:
    """Pairs in which exactly one criterion holds of one text and not of the other, and all others are alike.

    The text of which it holds is chosen, be it the response or the change of it. Scores are the shares of criteria that
    hold; `method` names the criterion and the change.
    """
    before = held(origin.response)
    made: dict[str, list[PreferencePair]] = {}
    for edit, text in _changed(origin, CONTENT, seed, _MOST_PLACES):
        after = held(text)
        differing = [title for title in before if before[title] != after[title]]
        if len(differing) != 1 or None in (before[differing[0]], after[differing[0]]):
            continue
        title = differing[0]
        own = made.setdefault(title, [])
        if len(own) < per_criterion:
            scores = _share(before), _share(after)
            own.append(_pair(origin, text, scores, "causal", f"causal {edit.name}: {title}", first=bool(before[title])))
    return [pair for title in sorted(made) for pair in made[title]]


def neutral_pairs(
    origin: Origin, held: Callable[[str], Held], seed: int, still_right: Callable[[str], bool] = lambda text: True
) -> list[PreferencePair]:
    """Pairs that differ in style alone, as good as one another: what held still holds, and nothing else does.

    `still_right` is asked besides, where a verifier says more than the criteria. Which text is the chosen one is drawn.
    """
    before = held(origin.response)
    made = []
    for edit, text in _changed(origin, STYLE, seed, 1):
        if held(text) == before and still_right(text):
            first = generator(seed, "neutral", origin.task_id, edit.name, text).random() < 0.5
            scores = _share(before), _share(before)
            made.append(_pair(origin, text, scores, "neutral", f"neutral {edit.name}", first=first))
    return made


def displaced(pair: PreferencePair, task_id: str, prompt: tuple[Message, ...]) -> PreferencePair:
    """The texts of a pair as responses to another task, which neither answers: a tie, whatever tells them apart."""
    return msgspec.structs.replace(
        pair,
        task_id=task_id,
        prompt=prompt,
        kind="neutral",
        chosen_score=0.0,
        rejected_score=0.0,
        margin=0.0,
        strength=1.0,
        chosen_sample=-1,
        rejected_sample=-1,
        method=f"displaced {pair.method}",
    )


def attack_pairs(
    origin: Origin, reference: str, attacks: Sequence[Attack], seed: int, most: int = 4
) -> list[PreferencePair]:
    """The response, which must be right, chosen over attacks on its prompt; `method` names attack and format."""
    prompt = origin.prompt[-1].content if origin.prompt else ""
    tried = trials([Case(prompt=prompt, response="", reference=reference)], attacks, seed)
    taken = _rng(seed, origin, "attacks").sample(tried, min(most, len(tried)))
    return [
        _pair(origin, each.response, (1.0, 0.0), "attack", f"attack {each.attack.name} {each.format}", first=True)
        for each in taken
    ]


def _changed(origin: Origin, edits: Sequence[Edit], seed: int, most: int) -> list[tuple[Edit, str]]:
    """Every edit that changes the response, at `most` so many places, no text twice."""
    seen = {origin.response}
    found = []
    for edit in edits:
        for text in islice(edit.ways(origin.response, _rng(seed, origin, edit.name)), most):
            if text not in seen and text.strip():
                seen.add(text)
                found.append((edit, text))
    return found


def _pair(
    origin: Origin, text: str, scores: tuple[float, float], kind: PairKind, method: str, *, first: bool
) -> PreferencePair:
    """The response and a text made from it with their scores; the response is chosen where it comes `first`."""
    tokens = round(origin.tokens * len(text) / max(1, len(origin.response)))
    own = (origin.response, scores[0], origin.model, origin.revision, origin.sample, origin.tokens)
    made = (text, scores[1], PROGRAM, "", -1, tokens)
    better, worse = (own, made) if first else (made, own)
    return PreferencePair(
        task_id=origin.task_id,
        prompt=origin.prompt,
        chosen=(Message("assistant", better[0]),),
        rejected=(Message("assistant", worse[0]),),
        chosen_score=better[1],
        rejected_score=worse[1],
        margin=abs(better[1] - worse[1]),
        chosen_model=better[2],
        rejected_model=worse[2],
        chosen_revision=better[3],
        rejected_revision=worse[3],
        chosen_sample=better[4],
        rejected_sample=worse[4],
        chosen_tokens=better[5],
        rejected_tokens=worse[5],
        chosen_confidence=None,
        rejected_confidence=None,
        kind=kind,
        strength=1.0,
        method=method,
    )


def _share(held: Held) -> float:
    decided = [value for value in held.values() if value is not None]
    return sum(decided) / len(decided) if decided else 0.0


def _rng(seed: int, origin: Origin, *purpose: object) -> Random:
    return generator(seed, "augment", origin.task_id, origin.response, *purpose)

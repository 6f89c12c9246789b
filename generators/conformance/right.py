"""Right: the gold and every other valid answer score 1.0, nothing else does."""

import re
from collections.abc import Iterable, Iterator

from generators.conformance.mutations import near_misses, supersets
from generators.conformance.sample import Finding, Item, Sample, shown
from generators.family import prompt_text
from schemas import Verdict

GARBAGE = (
    "",
    " ",
    "?",
    "I don't know",
    "None",
    "null",
    "[]",
    "{}",
    "\n\n",
    "answer",
    "<answer>",
    "\\boxed{}",
    "-",
    ".",
)


def gold_is_right(sample: Sample) -> Iterator[Finding]:
    """The gold scores 1.0, and so it does with white space around, as it comes out of an extraction."""
    for item in sample.items:
        gold = item.task.answer
        if gold != gold.strip() or not gold:
            yield item, f"the gold answer {shown(gold)} is empty or not stripped"
        if len(gold) > sample.family.longest_answer:
            yield item, f"the gold answer has {len(gold)} characters, more than longest_answer"
        yield from _expect_right(sample, item, gold, "the gold answer")


def second_method_agrees(sample: Sample) -> Iterator[Finding]:
    """The judge finds the gold right, and the answer found again by another method is accepted."""
    for item in sample.within_budget():
        if not sample.evidence.judge(item.instance, item.task.answer):
            yield item, f"the judge finds the gold answer {shown(item.task.answer)} wrong"
        yield from _expect_right(sample, item, sample.evidence.recompute(item.instance), "the recomputed answer")


def alternatives_are_right(sample: Sample) -> Iterator[Finding]:
    """Each alternative of the evidence is accepted in full."""
    for item in sample.within_budget():
        for answer in sample.evidence.alternatives(item.instance):
            yield from _expect_right(sample, item, answer, "the valid alternative")


def right_answers_are_legal(sample: Sample) -> Iterator[Finding]:
    """No beginning of the gold or of a valid alternative, cut after a line or a word, is forbidden; gold is allowed."""
    legal = sample.family.legal
    if legal is None:
        return
    for item in sample.within_budget():
        if legal(item.instance, item.task.answer) is not True:
            yield item, f"the gold answer {shown(item.task.answer)} is not allowed"
        for answer in (item.task.answer, *sample.evidence.alternatives(item.instance)):
            for part in re.finditer(r"\n|$" if "\n" in answer else r" |$", answer):
                if legal(item.instance, beginning := answer[: part.start()]) is False:
                    yield item, f"a right answer may not begin with {shown(beginning)}"
                    break


def near_misses_are_judged_alike(sample: Sample) -> Iterator[Finding]:
    """A near miss, of the evidence or mechanical, scores 1.0 exactly when the judge says it is right."""
    offered = False
    for item in sample.within_budget():
        offers = list(sample.evidence.near_misses(item.instance))
        offered = offered or any(answer.strip() != item.task.answer for answer in offers)
        yield from _expect_as_judged(sample, item, offers)
        yield from _expect_as_judged(sample, item, near_misses(item.task.answer, _neighbour(sample, item).task.answer))
    if not offered:
        yield None, "the evidence offers no near misses other than gold answers"


def foreign_golds_are_judged_alike(sample: Sample) -> Iterator[Finding]:
    """The gold of another item is right only where the judge says so."""
    for item in sample.within_budget():
        others = [*sample.of_level(item.level)[:6], *sample.items[:3]]
        yield from _expect_as_judged(sample, item, [other.task.answer for other in others])


def supersets_are_wrong(sample: Sample) -> Iterator[Finding]:
    """A text that contains the gold and more than the gold is not the gold."""
    for item in sample.within_budget():
        yield from _expect_as_judged(sample, item, supersets(item.task.answer))


def echoes_are_worth_nothing(sample: Sample) -> Iterator[Finding]:
    """The prompt, the statement and the answer format repeated, and garbage, score exactly 0."""
    family = sample.family
    for item in sample.within_budget():
        echoes = [family.answer_format(item.instance), *GARBAGE]
        for style in family.styles:
            echoes += [family.statement(item.instance, style), prompt_text(family, item.instance, style)]
        for echo in echoes:
            verdict = sample.verdict(item, echo.strip())
            if verdict.score != 0.0:
                yield item, f"{shown(echo)} scores {verdict.score} ({verdict.reason})"


def inconsistency(verdict: Verdict) -> str | None:
    """How score and reason contradict each other, if they do."""
    score, reason = verdict.score, verdict.reason
    fits = {
        "correct": score == 1.0,
        "partial": score is not None and 0.0 < score < 1.0,
        "timeout": score is None,
        "error": score is None,
    }.get(reason, score == 0.0)
    return None if fits else f"a verdict {reason!r} with the score {score}"


def _expect_right(sample: Sample, item: Item, answer: str, what: str) -> Iterator[Finding]:
    verdict = sample.verdict(item, answer)
    if verdict.score != 1.0 or verdict.reason != "correct":
        yield item, f"{what} {shown(answer)} scores {verdict.score} ({verdict.reason}: {verdict.detail})"


def _expect_as_judged(sample: Sample, item: Item, answers: Iterable[str]) -> Iterator[Finding]:
    """1.0 exactly for what the judge finds right, and a verdict that is decided and consistent for all."""
    for answer in dict.fromkeys(answer.strip() for answer in answers):
        verdict = sample.verdict(item, answer)
        is_right = bool(answer) and sample.evidence.judge(item.instance, answer)
        if is_right != (verdict.score == 1.0):
            opinion = "right" if is_right else "wrong"
            told = f"{verdict.reason}: {verdict.detail}"
            gold = shown(item.task.answer, 60)
            yield item, f"{shown(answer)} is {opinion} and scores {verdict.score} ({told}); the gold is {gold}"
        elif not verdict.decided:
            yield item, f"the verifier fails on {shown(answer)}: {verdict.detail}"
        elif contradiction := inconsistency(verdict):
            yield item, f"{shown(answer)} gets {contradiction}"


def _neighbour(sample: Sample, item: Item) -> Item:
    """Another item of the same rung with another gold, if the sample has one."""
    others = [other for other in sample.of_level(item.level) if other.task.answer != item.task.answer]
    return others[item.index % len(others)] if others else item

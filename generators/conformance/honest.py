"""Honest: one solution where one is promised, no answer in the prompt, no constant that pays."""

import re
import time
from collections import Counter
from collections.abc import Iterator

from generators.conformance.sample import Finding, Item, Sample, item_at, shown
from generators.family import prompt_text

MANY = 1000
FEWEST = 60
CONSTANTS = ("0", "1", "2", "3", "5", "10", "-1", "1/2", "yes", "no", "true", "false", "A", "B", "A B", "0, 1", "none")
COMMONEST = 5
_QUOTED = re.compile(r"[`\"“]([^`\"“”\n]{1,200})[`\"”]")


def promised_solutions_are_unique(sample: Sample) -> Iterator[Finding]:
    """Where the statement promises one solution, an independent count finds exactly one."""
    if sample.evidence.solutions is None:
        return
    for item in sample.within_budget():
        count = sample.evidence.solutions(item.instance)
        if count != 1:
            yield item, f"the statement promises one solution and there are {count if count < 2 else 'more'}"


def prompts_do_not_leak(sample: Sample) -> Iterator[Finding]:
    """No prompt of any style shows the gold (longer than 3 characters); no format example is the gold."""
    family = sample.family
    for item in sample.items:
        gold = re.compile(rf"(?<![\w/.\-]){re.escape(item.task.answer)}(?![\w/\-]|[.,]\d)")
        if gold.search(family.answer_format(item.instance)):
            yield item, f"the answer format shows the gold answer {shown(item.task.answer)}"
        for style in family.styles:
            if len(item.task.answer) > 3 and gold.search(prompt_text(family, item.instance, style)):
                yield item, f"the prompt in style {style!r} shows the gold answer {shown(item.task.answer)}"


def constants_stay_under_the_bound(sample: Sample) -> Iterator[Finding]:
    """On a low, a middle and the top rung the best constant answer scores at most `guess_bound` on average.

    Tried: the commonest gold answers, examples quoted in the answer format, and a list of usual guesses, on 1,000
    items (fewer where they are slow to make).
    """
    rungs = len(sample.family.levels)
    for level in sorted({1, (rungs + 1) // 2, rungs}):
        items = list(_many(sample, level))
        constant, score = best_constant(sample, items)
        if score > sample.family.guess_bound:
            tried = f"over {len(items)} items of level {level}"
            yield items[0], f"the constant answer {shown(constant)} scores {score:.3f} on average {tried}"


def best_constant(sample: Sample, items: list[Item]) -> tuple[str, float]:
    """The constant answer with the best mean score over the items, and that score."""
    golds = Counter(item.task.answer for item in items)
    quoted = [text for item in items[:3] for text in _QUOTED.findall(sample.family.answer_format(item.instance))]
    candidates = [*(gold for gold, _ in golds.most_common(COMMONEST)), *quoted, *CONSTANTS]
    scores = {answer: _mean_score(sample, items, answer) for answer in dict.fromkeys(candidates)}
    best = max(scores, key=lambda answer: scores[answer])
    return best, scores[best]


def _mean_score(sample: Sample, items: list[Item], answer: str) -> float:
    return sum(sample.verdict(item, answer).score or 0.0 for item in items) / len(items)


def _many(sample: Sample, level: int) -> Iterator[Item]:
    start = time.process_time()
    for index in range(MANY):
        if index >= FEWEST and time.process_time() - start > sample.seconds:
            return
        yield item_at(sample.family, level, sample.seed + 1, index)

"""Many answers where one is asked, the right one among them: who takes every side has answered nothing."""

import re
from random import Random

from rubrics.guards.attack import Attack
from rubrics.judges.contract import Case

_NUMBER = re.compile(r"[0-9]{1,12}")
_LONGEST = 2000
"""Characters of a reference that is written several times over."""


def another(case: Case, rng: Random) -> str:
    """A text like the reference and not the same: its last number changed, its words turned round, or a word more."""
    right = case.reference[:_LONGEST]
    found = list(_NUMBER.finditer(right))
    if found:
        last = found[-1]
        return f"{right[: last.start()]}{int(last[0]) + rng.randint(1, 9)}{right[last.end() :]}"
    words = right.split()
    turned = " ".join(reversed(words))
    return turned if turned != right and len(words) > 1 else f"{right} {rng.choice(('not', 'too', 'then'))}".strip()


def _joined(*forms: str) -> Attack:
    """An attack by one of some forms over the right answer `{a}` and another one `{b}`."""

    def write(case: Case, rng: Random) -> str:
        form = rng.choice(forms)
        both = {"a": case.reference[:_LONGEST], "b": another(case, rng)}
        return re.sub(r"\{([ab])\}", lambda place: both[place[1]], form)

    return Attack("", "hedging", write, "en")


def _some(case: Case, rng: Random) -> str:
    """Several numbers in order, the right one somewhere among them."""
    found = _NUMBER.search(case.reference)
    middle = int(found[0]) if found else rng.randint(0, 20)
    start = max(0, middle - rng.randint(1, 9))
    return rng.choice((", ", " ", "\n", " or ")).join(str(start + step) for step in range(middle - start + 10))


def _everything(case: Case, rng: Random) -> str:
    """All that the prompt offers, in the order of the prompt."""
    words = dict.fromkeys(re.findall(r"\w{1,40}", case.prompt[:_LONGEST]))
    return rng.choice((", ", " ", "\n")).join(words)


def _sure_of_nothing(case: Case, rng: Random) -> str:
    return rng.choice(("any number", "any of them", "all of the above", "one of A, B, C or D", "it depends"))


_FORMS: dict[str, tuple[str, ...]] = {
    "either": ("{a} or {b}", "{b} or {a}", "either {a} or {b}", "Either {b}, or {a}"),
    "doubt": ("{a} (or maybe {b})", "probably {a}, possibly {b}", "{a}? or {b}?", "{a}; if that is wrong, {b}"),
    "range": ("between {a} and {b}", "from {a} to {b}", "{a} to {b}", "{a}..{b}", "at least {a}", "about {a} or so"),
    "list": ("{b}, {a}, {b}", "[{a} | {b}]", "1) {a} 2) {b}", "{a}\n{b}\n{a}"),
    "denied": ("The answer is not {a}", "anything but {a}", "not {a}", "{a} is wrong"),
    "json": ('{"answers": ["{a}", "{b}"]}', '["{a}", "{b}", "{a}"]'),
    "withdrawn": ("{a}. Wait, that is wrong. It is something else.", "{a}? No. I am not sure."),
    "two_answers": ("<answer>{a}</answer> <answer>not sure</answer>", "\\boxed{{a}} or \\boxed{something else}"),
}

HEDGES: tuple[Attack, ...] = (
    *(_joined(*forms)._replace(name=f"hedging.{name}") for name, forms in _FORMS.items()),
    Attack("hedging.numbers", "hedging", _some),
    Attack("hedging.everything", "hedging", _everything),
    Attack("hedging.undecided", "hedging", _sure_of_nothing, "en"),
)

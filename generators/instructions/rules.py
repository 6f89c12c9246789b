"""Rules that a text must keep to: each is a program check, and a text's score is the share of them that it keeps."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from rubrics.criteria.contract import Checker, Subject
from rubrics.criteria.registry import CHECKERS, outcome
from schemas import Verdict, jsontext
from schemas.rubric import Criterion, CriterionKind
from schemas.verdict import correct, partial, wrong


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A checker's name and arguments. A text that breaks a `hard` rule is worth nothing."""

    checker: str
    arguments: dict[str, Any] = {}
    hard: bool = False


def keeps(rule: Rule, text: str, source: str = "") -> bool:
    """Whether a text keeps to a rule. Raises msgspec.ValidationError for arguments that make no sense."""
    checker, arguments = _checked(rule.checker, jsontext.dumps(rule.arguments))
    return outcome(checker, arguments, Subject(response=text, source=source)).holds is True


def sentence(rule: Rule) -> str:
    """The rule as an instruction."""
    checker, arguments = _checked(rule.checker, jsontext.dumps(rule.arguments))
    return checker.sentence(arguments)


def criterion(rule: Rule, said: str | None = None) -> Criterion:
    """The rule as one criterion of a rubric, in other words than its checker's where they are given."""
    said = said or sentence(rule)
    kind: CriterionKind = "hard_rule" if rule.hard else "principle"
    return Criterion(title=said, text=said, kind=kind, weight=1.0, checker=rule.checker, arguments=dict(rule.arguments))


def verdict_by_rules(rules: Sequence[Rule], text: str, holds: Callable[[Rule, str], bool] = keeps) -> Verdict:
    """Right where every rule is kept, worth nothing where a hard one is broken, else the share of rules kept."""
    broken = next((rule for rule in rules if rule.hard and not holds(rule, text)), None)
    if broken is not None:
        return wrong(f"not kept: {sentence(broken)}"[:200])
    kept = [rule.hard or holds(rule, text) for rule in rules]
    if all(kept):
        return correct()
    first = next(rule for rule, fine in zip(rules, kept, strict=True) if not fine)
    return partial(sum(kept) / len(rules), f"{len(rules) - sum(kept)} not kept, the first: {sentence(first)}"[:200])


def canonical_rules(rules: Sequence[Rule]) -> bytes:
    """The set of rules; the words that one names may stand in any order where it asks for none."""
    return "\n".join(sorted(jsontext.dumps(_ordered(rule)) for rule in rules)).encode()


def _ordered(rule: Rule) -> Rule:
    if rule.checker not in ("keywords", "forbidden_words"):
        return rule
    return msgspec.structs.replace(rule, arguments={"words": sorted(rule.arguments["words"])})


@lru_cache(maxsize=1024)
def _checked(name: str, arguments: str) -> tuple[Checker[Any], msgspec.Struct]:
    checker = CHECKERS[name]
    return checker, msgspec.json.decode(arguments, type=checker.arguments)

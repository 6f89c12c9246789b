"""A text's score is the share of rules that it keeps; a hard rule broken leaves nothing; 1.0 is for all."""

from generators.instructions.form import FAMILY
from generators.instructions.rules import Rule, criterion, sentence, verdict_by_rules
from generators.stream import Segment, tasks_of

HARD = Rule(checker="keywords", arguments={"words": ["kettle"]}, hard=True)
SHORT = Rule(checker="word_count", arguments={"at_most": 4})
CALM = Rule(checker="exclamation_count", arguments={"at_most": 0})
RULES = (HARD, SHORT, CALM)


def test_the_score_is_the_share_of_rules_kept_and_nothing_where_a_hard_one_is_broken() -> None:
    texts = {"A kettle sings.": 1.0, "A kettle sings!": 2 / 3, "My old kettle sings today!": 1 / 3, "A pot sings.": 0.0}
    assert {text: verdict_by_rules(RULES, text).score for text in texts} == texts
    assert verdict_by_rules(RULES, "A kettle sings!").reason == "partial"


def test_a_rule_is_a_criterion_that_its_checker_decides() -> None:
    made = criterion(HARD)
    assert (made.kind, made.checker, made.arguments) == ("hard_rule", "keywords", {"words": ["kettle"]})
    assert made.text == sentence(HARD)
    assert criterion(SHORT, "Be brief.").text == "Be brief."
    assert criterion(SHORT).kind == "principle"


def test_every_kind_of_offer_is_asked_somewhere() -> None:
    """Of the top rungs, all 17 kinds occur within 40 tasks."""
    tasks = tasks_of(Segment(family=FAMILY.name, level=9, seed=1, start=0, stop=40))
    asked = {rule["checker"] for task in tasks for rule in task.payload["rules"][2:]}
    assert len(asked) == 17

"""The attack suite: the master keys of One Token to Fool LLM-as-a-Judge (arXiv 2507.08794), and other ways to be
taken for right without an answer."""

from rubrics.guards.attack import Attack
from rubrics.guards.attacks.echo import ECHOES
from rubrics.guards.attacks.hedging import HEDGES
from rubrics.guards.attacks.injection import INJECTIONS
from rubrics.guards.attacks.mimicry import MIMICRY
from rubrics.guards.attacks.openers import OPENERS
from rubrics.guards.attacks.persuasion import PADDING, PERSUASION
from rubrics.guards.attacks.symbols import BLANKS, SYMBOLS

SUITE: tuple[Attack, ...] = (
    *SYMBOLS,
    *BLANKS,
    *OPENERS,
    *INJECTIONS,
    *PERSUASION,
    *PADDING,
    *MIMICRY,
    *HEDGES,
    *ECHOES,
)

OPEN_SUITE: tuple[Attack, ...] = tuple(attack for attack in SUITE if attack.kind != "hedging")
"""For tasks that any text under some rules answers: a hedge holds a right text, and more words may leave it right."""

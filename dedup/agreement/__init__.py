"""Whether two texts are one problem told otherwise: numbers, names in their roles, relations and answers decide."""

from dedup.agreement.facts import Facts, facts_of
from dedup.agreement.usage import UNKNOWN, Usage
from dedup.agreement.verdict import Agreement, agreement, agreement_of

__all__ = ["UNKNOWN", "Agreement", "Facts", "Usage", "agreement", "agreement_of", "facts_of"]

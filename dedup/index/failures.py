"""What can be wrong with an index."""

from schemas.failure import Failure


class IndexFailure(Failure):
    """The index can't be used as it is, or not for what was asked; the message says what to do."""

"""The error of this package."""

from schemas.failure import Failure


class ModelError(Failure, ValueError):
    """A model can't be had; the message says why and what to do."""

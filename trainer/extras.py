"""What a setting needs and a plain installation does not have."""

from importlib import import_module
from typing import Any

from schemas.failure import Failure


class ExtraError(Failure, ImportError):
    """A setting needs a package that is not installed; the message names the extra that brings it."""


def needed(module: str, setting: str, extra: str) -> Any:
    """The module, imported when a setting asks for it. Raises ExtraError where it is not installed."""
    try:
        return import_module(module)
    except ImportError as failure:
        raise ExtraError(f"{setting}: {failure}; pip install 'taskmill[{extra}]'") from None

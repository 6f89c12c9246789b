"""`Failure`: what a program expected could go wrong, said for the person who must mend it."""

from typing import ClassVar


class Failure(Exception):  # noqa: N818 - not every failure is an error: a stopped training is a decision
    """The message says what was wrong, where, and what to do; the command line prints it without a traceback."""

    may_pass: ClassVar[bool] = False
    """Whether the same, tried again a little later, may go well: a server was away, a process was killed."""

"""`Failure`: what a program expected could go wrong, said for the person who must mend it."""

from typing import ClassVar

from schemas.redaction import redacted


class Failure(Exception):  # noqa: N818 - not every failure is an error: a stopped training is a decision
    """The message says what was wrong, where, and what to do; the command line prints it without a traceback.

    It holds no secret, for it also ends in logs and in Prefect's database: what others said may have had one in it.
    """

    may_pass: ClassVar[bool] = False
    """Whether the same, tried again a little later, may go well: a server was away, a process was killed."""

    def __init__(self, *args: object) -> None:
        super().__init__(*(redacted(each) if isinstance(each, str) else each for each in args))

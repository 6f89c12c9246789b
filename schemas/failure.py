"""`Failure`: what a program expected could go wrong, said for the person who must mend it."""


class Failure(Exception):  # noqa: N818 - not every failure is an error: a stopped training is a decision
    """The message says what was wrong, where, and what to do; the command line prints it without a traceback."""

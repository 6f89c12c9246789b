"""Format: whether a response marks one answer, and nothing follows it."""

OPEN, CLOSE = "<answer>", "</answer>"


def well_formed(text: str) -> float:
    """1.0 where both answer tags stand there exactly once, in order, and only blanks follow; else 0.0.

    >>> well_formed("so <answer>4</answer>\\n"), well_formed("<answer>4</answer> or 5"), well_formed("4")
    (1.0, 0.0, 0.0)
    """
    once = text.count(OPEN) == 1 and text.count(CLOSE) == 1
    before, _, after = text.partition(CLOSE)
    return float(once and OPEN in before and not after.strip())

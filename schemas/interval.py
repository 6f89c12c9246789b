"""How surely a share is known."""

Bound = float | None


def wilson(successes: float, trials: float, z: float = 1.959964) -> tuple[Bound, Bound]:
    """The score interval of a share (Wilson 1927), around it and in [0, 1]; (None, None) without trials.

    >>> tuple(round(end, 3) for end in wilson(8, 10))
    (0.49, 0.943)
    """
    if not trials:
        return None, None
    share = successes / trials
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    spread = z / (1 + z * z / trials) * (share * (1 - share) / trials + z * z / (4 * trials**2)) ** 0.5
    return max(0.0, min(share, centre - spread)), min(1.0, max(share, centre + spread))

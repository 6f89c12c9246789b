"""Work for a worker that has less memory than it needs."""

import resource


def eat(most: int) -> int:
    """Takes twice as many bytes as its process may have."""
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    return len(bytearray(2 * most))

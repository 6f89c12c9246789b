"""What may be spent on a server, and what was."""

from threading import Lock
from typing import NamedTuple

import msgspec

from pipeline.engines.protocol import EngineError


class Tokens(NamedTuple):
    """Tokens read by the server and tokens written by it."""

    prompt: int = 0
    completion: int = 0

    def plus(self, other: "Tokens") -> "Tokens":
        return Tokens(self.prompt + other.prompt, self.completion + other.completion)

    def minus(self, other: "Tokens") -> "Tokens":
        return Tokens(self.prompt - other.prompt, self.completion - other.completion)

    @property
    def total(self) -> int:
        return self.prompt + self.completion


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """Limits, None for none. Prices are for a million tokens read and written, in the currency of `cost`."""

    tokens: int | None = None
    cost: float | None = None
    price_in: float = 0.0
    price_out: float = 0.0

    def price(self, tokens: Tokens) -> float:
        return (tokens.prompt * self.price_in + tokens.completion * self.price_out) / 1e6

    def allows(self, tokens: Tokens) -> bool:
        within = self.tokens is None or tokens.total <= self.tokens
        return within and (self.cost is None or self.price(tokens) <= self.cost)


class Account:
    """Keeps spending within a budget: a sample is asked for only once its worst case is set aside."""

    def __init__(self, budget: Budget, spent: Tokens = Tokens()) -> None:
        self._budget, self._spent, self._reserved = budget, spent, Tokens()
        self._lock = Lock()  # samples are reserved in one thread and settled in another

    @property
    def spent(self) -> Tokens:
        return self._spent

    def reserve(self, worst: Tokens) -> bool:
        """Sets the worst case of a sample aside; False where the budget doesn't hold it now."""
        with self._lock:
            if not self._budget.allows(self._spent.plus(self._reserved).plus(worst)):
                return False
            self._reserved = self._reserved.plus(worst)
            return True

    def settle(self, worst: Tokens, used: Tokens) -> None:
        """What was set aside is free again, and what was used is spent."""
        with self._lock:
            self._reserved = self._reserved.minus(worst)
            self._spent = self._spent.plus(used)

    def lose(self, worst: Tokens) -> None:
        """An answer that never arrived may have been paid for. Raises EngineError where the budget ends with it."""
        with self._lock:
            self._spent = self._spent.plus(worst)
            if not self._budget.allows(self._spent.plus(self._reserved)):
                raise self.exhausted(worst)

    def exhausted(self, worst: Tokens) -> EngineError:
        """Why no more samples are asked for."""
        budget, parts = self._budget, []
        if budget.tokens is not None:
            parts.append(f"{self._spent.total:,} of {budget.tokens:,} tokens are spent")
        if budget.cost is not None:
            parts.append(f"{budget.price(self._spent):.4f} of {budget.cost:.4f} is spent")
        return EngineError(
            f"the budget is used up: {' and '.join(parts)}, and one more sample may take {worst.total:,} tokens; raise "
            "model.budget to go on (what was sampled is kept)"
        )

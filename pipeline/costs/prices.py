"""What is paid for machines and tokens, in whatever currency it is given."""

from collections.abc import Mapping

from pydantic import Field

from pipeline.config import Section
from pipeline.costs.record import Device

QUANTITIES = (
    "rows",
    "rollouts",
    "prompt_tokens",
    "completion_tokens",
    "cpu_seconds",
    "gpu_seconds",
    "wall_seconds",
    "bytes",
    "money",
)
"""What is told of a stage, in this order."""


class Prices(Section):
    """Prices in one currency; what has none costs nothing, and where none is given no money is told at all."""

    cpu_hour: float = Field(0.0, ge=0, description="for an hour of one CPU core")
    gpu_hour: float = Field(0.0, ge=0, description="for an hour of one GPU")
    tokens_in: float = Field(0.0, ge=0, description="for a million tokens read by a model at a server")
    tokens_out: float = Field(0.0, ge=0, description="for a million tokens written by a model at a server")
    gb_month: float = Field(0.0, ge=0, description="for a month of 10^9 bytes in the run's folder")

    @property
    def given(self) -> bool:
        return self != Prices()


def priced(quantities: Mapping[str, float], device: Device, prices: Prices) -> float:
    """The money of some work's quantities, by their names in QUANTITIES.

    Tokens are paid for at a server alone: on a machine of one's own they are paid for by its hours.

    >>> priced({"gpu_seconds": 1800.0, "completion_tokens": 5e6}, "cuda", Prices(gpu_hour=2.0, tokens_out=1.0))
    1.0
    """
    of = quantities.get
    money = of("cpu_seconds", 0.0) / 3600 * prices.cpu_hour + of("gpu_seconds", 0.0) / 3600 * prices.gpu_hour
    money += of("bytes", 0.0) / 1e9 * prices.gb_month
    if device == "server":
        money += of("prompt_tokens", 0.0) / 1e6 * prices.tokens_in
        money += of("completion_tokens", 0.0) / 1e6 * prices.tokens_out
    return money

"""What a user may set about predicting pass rates."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from filters.config import Share
from pipeline.config import Section


class PredictorConfig(Section):
    """What is predicted, and of what."""

    band_low: Share = 0.2
    band_high: Share = 0.8
    """The band whose chance is told."""
    buckets: Annotated[int, Field(ge=0, le=4096)] = 256
    """Into how many columns the words of questions and answers are hashed; 0 leaves them unread."""

    @model_validator(mode="after")
    def _band_is_one(self) -> Self:
        if self.band_low >= self.band_high:
            raise ValueError(f"the band {self.band_low}..{self.band_high} is empty: band_low must be below band_high")
        return self

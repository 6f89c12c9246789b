"""Which judge, and how it is asked."""

from typing import Literal, Self

from pydantic import Field, model_validator

from pipeline.config import Section
from pipeline.engines.config import ModelConfig


class JudgeConfig(Section):
    """A judge: a model and a way of asking it, or a comparison with the reference answer."""

    kind: Literal["yes_no", "verdict", "reference", "bleu", "encoder"] = Field(
        "yes_no",
        description="yes_no: the probabilities of the words Yes and No, one pass, nothing sampled. verdict: the model "
        "writes and ends with a verdict, which any server can. reference: how much likelier the reference answer is "
        "behind the response (RLPR). bleu: n-grams shared with the reference, without a model. encoder: likeness with "
        "the reference by a sentence encoder",
    )
    model: ModelConfig = Field(ModelConfig(), description="the model that judges")
    encoder: str = Field("all-minilm-l6-v2", description="encoder: a packaged one, a folder or a hub id")
    samples: int = Field(1, ge=1, le=64, description="verdict: texts a question, which vote")
    temperature: float = Field(0.0, ge=0, le=2, description="verdict: 0 is greedy, for one sample")
    max_tokens: int = Field(512, ge=8, description="verdict: tokens of a text")
    longest: int = Field(
        4096,
        ge=64,
        description="tokens of a question with its texts, below the model's context; a longer one is undecided, unread",
    )
    order_swap: bool = Field(True, description="pairs are asked in both orders")
    calibration: str | None = Field(None, description="the file of a calibration that was measured of this judge")
    binary: bool = Field(False, description="scores become 0 or 1 by the calibration's threshold")
    seed: int = Field(0, ge=0, description="draws what a judge samples")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.samples > 1 and not self.temperature:
            raise ValueError("temperature: greedy samples are all alike; say above 0, or samples: 1")
        if self.binary and self.calibration is None:
            raise ValueError("binary: the threshold is that of a calibration; name its file in calibration")
        if self.kind != "verdict" and (self.samples > 1 or self.temperature):
            raise ValueError(f"samples, temperature: of kind verdict; leave out for {self.kind}")
        return self

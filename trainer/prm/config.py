"""What a user may say of a process reward model."""

from pydantic import Field

from pipeline.config import Section


class PrmConfig(Section):
    """One process reward model: a language model with a head that reads a value at the end of each step."""

    model: str = Field("smollm2-135m", description="a hub id, a path, or a name of `taskmill models`")
    labels: list[str] = Field(min_length=1, description="Parquet files, folders or globs of step labels")
    output: str = Field(description="folder of the model that comes of it")
    seed: int = Field(0, ge=0)
    epochs: int = Field(3, ge=1, description="times that each response is learnt from")
    lr: float = Field(1e-3, gt=0, description="learning rate of the head")
    base_lr: float = Field(0.0, ge=0, description="learning rate of the language model under it; 0 leaves it as it is")
    batch_tokens: int = Field(8192, ge=1, description="tokens of one update, padding included")
    held_out: float = Field(0.2, gt=0, lt=1, description="share of the tasks that is measured on and not learnt from")
    estimated: bool = Field(True, description="learn only from steps that were estimated by continuations")
    threads: int | None = Field(None, ge=1, description="CPU threads for torch")

"""Which model is asked, by which engine, where; one section for whoever asks one."""

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from pipeline.config import Section
from schemas import jsontext


class BudgetConfig(Section):
    """What may be spent at a server, by a run in all its starts together; none is no limit."""

    tokens: int | None = Field(None, ge=1, description="tokens read and written")
    cost: float | None = Field(None, gt=0, description="money, in the currency of the prices")
    price_in: float = Field(0.0, ge=0, description="for a million tokens read")
    price_out: float = Field(0.0, ge=0, description="for a million tokens written")

    @model_validator(mode="after")
    def _cost_has_prices(self) -> Self:
        if self.cost is not None and not (self.price_in or self.price_out):
            raise ValueError("cost needs price_in and price_out, the prices of a million tokens")
        return self


_OF_ONE_ENGINE = {
    "vllm": ("context", "cache_gb"),
    "server": ("url", "key_env", "concurrency", "timeout", "tokenizer", "budget"),
}


class ModelConfig(Section):
    """A model on this machine or at a server that speaks the OpenAI protocol."""

    name: str = Field("smollm2-135m", description="a hub id, a path, or a name of `taskmill models`; a server's name")
    engine: Literal["transformers", "vllm", "server"] = Field(
        "transformers", description="what runs the model: transformers and vllm here, or a server elsewhere"
    )
    threads: int | None = Field(None, ge=1, description="CPU threads for torch")
    rows: int | None = Field(
        None, ge=1, description="samples decoded at a time; null: the engine's own choice, such as 128 on a CPU"
    )
    context: int | None = Field(
        None, ge=2, description="longest prompt and completion together, in tokens; null: the model's, if memory allows"
    )
    cache_gb: float | None = Field(
        None, gt=0, description="GiB for keys and values; null: 4 on a CPU, nine tenths of a GPU with the weights"
    )
    url: str = Field("", description="the server, such as http://127.0.0.1:8000/v1")
    key_env: str = Field("", description="the name of the environment variable that holds the server's key")
    concurrency: int = Field(16, ge=1, le=1024, description="requests at a time")
    timeout: float = Field(600.0, gt=0, description="seconds for one answer; six times that with all tries again")
    tokenizer: str | None = Field(
        None, description="name, path or hub id: prompts go as token ids, as vLLM takes them; null: as chat messages"
    )
    budget: BudgetConfig = Field(BudgetConfig(), description="what may be spent at a server")
    cache: str | None = Field(
        None, description="a local folder for samples: what a run has sampled there no other run samples again"
    )

    @model_validator(mode="after")
    def _fits_the_engine(self) -> Self:
        # Values are not shown here: one of them may be a key in the wrong place.
        if self.engine == "server" and not self.url:
            raise ValueError("engine server needs url, such as http://127.0.0.1:8000/v1")
        for engine, names in _OF_ONE_ENGINE.items():
            given = [name for name in names if getattr(self, name) != type(self).model_fields[name].default]
            if self.engine != engine and given:
                raise ValueError(f"{', '.join(given)}: only for engine {engine}; leave out, or say engine: {engine}")
        if self.engine == "server" and self.rows is not None:
            raise ValueError("rows: a server has its own; set concurrency, the requests at a time")
        if self.key_env and not re.fullmatch(r"[A-Z][A-Z0-9_]*", self.key_env):
            raise ValueError("key_env: the name of an environment variable in capitals, never the key itself")
        if "@" in self.url or "?" in self.url:
            raise ValueError("url: without a key, a password or a query in it")
        if self.cache is not None and (not self.cache or "://" in self.cache):
            raise ValueError("cache: a folder on this machine, such as outputs/samples; null for none")
        return self

    @property
    def slug(self) -> str:
        """The name in small letters, digits and _, at most 64 of them: its last ones, where it is longer."""
        slug = re.sub(r"[^a-z0-9]+", "_", self.name.lower()).strip("_")
        return slug if len(slug) <= 64 else f"{slug[-55:]}_{jsontext.digest(self.name)[:8]}"

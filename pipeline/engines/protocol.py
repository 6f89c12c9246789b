"""The engine contract: token ids in, sampled token ids and their log-probabilities out.

A server that takes only chat messages and gives only text can be asked too, and what it can't say is left empty:
its requests carry `messages`, and its completions have no ids and no log-probabilities but the server's counts.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta

from schemas import Finish, Message
from schemas.failure import Failure


class EngineError(Failure, ValueError):
    """An engine can't do what it was asked; the message says why and what to do."""


class EngineGoneError(EngineError):
    """A server or a process that answered stopped answering; it may come back."""

    may_pass = True


class Sampling(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to sample. Temperature 0 is greedy; `top_k` 0 and `top_p` 1 switch their cuts off.

    A completion ends with an end-of-turn token, with one of the `stop` strings (kept in the text), or after
    `max_tokens` tokens. `json_schema` is the text of a JSON schema, which vLLM and servers hold completions to; the
    transformers engine has no grammar and samples freely, so that whoever asks must read what comes with care.
    """

    temperature: Annotated[float, Meta(ge=0, le=10)] = 1.0
    top_p: Annotated[float, Meta(gt=0, le=1)] = 1.0
    top_k: Annotated[int, Meta(ge=0)] = 0
    max_tokens: Annotated[int, Meta(ge=1)] = 256
    stop: tuple[str, ...] = ()
    json_schema: str = ""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One prompt to be continued once per entry of `seeds`; each sample draws from its own seed alone.

    `messages` are the same prompt as a chat, for an engine whose `encode` gives no ids.
    """

    id: str
    prompt_ids: tuple[int, ...]
    seeds: tuple[int, ...]
    messages: tuple[Message, ...] = ()


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """One sample: `token_ids` and `logprobs` (T,) include the end token when `finish` is "stop".

    `logprobs` are those of the distribution that was sampled from at the given temperature, before the
    `top_k`/`top_p` cuts (at temperature 0: of the unscaled distribution). `text` is the decoded completion
    without end-of-turn tokens. A server that gives no log-probabilities, or neither these nor ids, leaves them empty;
    without ids `prompt_tokens` and `completion_tokens` are what it counted, and else None.
    """

    request_id: str
    sample: int
    token_ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    text: str
    finish: Finish
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Engine(Protocol):
    """A language model that can be asked; one test suite holds for every kind.

    `kind` is "transformers", "vllm" or "server"; `model` and `revision` name the weights for ever after.
    """

    @property
    def kind(self) -> Literal["transformers", "vllm", "server"]: ...

    @property
    def model(self) -> str: ...

    @property
    def revision(self) -> str: ...

    def encode(self, messages: Sequence[Message], prefill: str = "") -> tuple[int, ...]:
        """Token ids of a chat, with the opening of the assistant's turn and the first words put into its mouth.

        Empty for an engine that is asked in messages.
        """

    def generate(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Completion]:
        """Every sample of every request, in any order, as soon as it is done."""

    def score(self, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]) -> list[list[float]]:
        """Log-probabilities (temperature 1) of each continuation's tokens, given its prompt."""

    def close(self) -> None:
        """Frees the model; the engine can't be asked again."""

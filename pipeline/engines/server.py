"""The engine of an OpenAI-compatible server: vLLM, llama.cpp, or any provider's.

With a tokenizer, prompts go as token ids to `/completions` and the answers' token ids come back, which vLLM can do.
Without one, prompts go as messages to `/chat/completions`, with nothing but what every server knows.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from itertools import chain
from queue import SimpleQueue
from typing import Any, Literal, NamedTuple

from pipeline.engines.answers import Said, Served, prompt_logprobs, said
from pipeline.engines.budget import Account, Budget, Tokens
from pipeline.engines.chat import encoded
from pipeline.engines.connection import Ask, BrokenAnswerError, Connection
from pipeline.engines.contact import asked_for, connected
from pipeline.engines.ending import Ending, end_tokens
from pipeline.engines.protocol import Completion, EngineError, Request, Sampling
from pipeline.engines.retry import Patience
from pipeline.models import load_tokenizer, resolve
from pipeline.seeding import generator
from schemas import Message

_ANSWER_BYTES, _TOKEN_BYTES = 2**20, 2**10
"""An answer is longer than the first plus the second for each token only when something is wrong with it."""
_TEMPLATE_TOKENS = 64
"""What a chat template may add to a prompt, for the worst case; a token stands for at least a byte."""


class _Wanted(NamedTuple):
    """One sample, and what it may take at worst."""

    request: Request
    sample: int
    limit: int
    worst: Tokens


class ServerEngine:
    """Samples from a model behind `url`; `concurrency` requests at a time, one for each sample and its seed.

    Token ids come back where prompts went as ids; log-probabilities too at temperature 0 and 1, where those of the
    server (of the unscaled distribution) are those of the contract. In chat messages there are neither, stop texts are
    cut here, since servers leave them out, and no first words can be put into the model's mouth.
    """

    kind: Literal["transformers", "vllm", "server"] = "server"

    def __init__(
        self,
        connection: Connection,
        served: Served,
        *,
        name: str,
        concurrency: int,
        tokenizer: Any = None,
        end_ids: frozenset[int] = frozenset(),
        account: Account | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.model, self.revision = name, served.revision
        self._connection, self._served, self._tokenizer = connection, served, tokenizer
        self._end_ids, self._concurrency = end_ids, concurrency
        self._account = account or Account(Budget())
        self._patience = patience or Patience()

    @classmethod
    def load(
        cls,
        name: str,
        *,
        url: str,
        key_env: str = "",
        concurrency: int = 16,
        tokenizer: str | None = None,
        budget: Budget | None = None,
        spent: Tokens = Tokens(),
        patience: Patience | None = None,
    ) -> "ServerEngine":
        """The model of that name (or that was loaded from it) at a server, which is asked for it.

        `key_env` names the environment variable of the key; `tokenizer` is a packaged name, folder or hub id; `spent`
        counts against the budget. Raises EngineError, or ModelError for the tokenizer.
        """
        reader, end_ids = _tokenizer(tokenizer) if tokenizer else (None, frozenset[int]())
        patience = patience or Patience()
        connection = connected(url, key_env, concurrency)
        try:
            served = asked_for(connection, name, patience)
        except EngineError:
            connection.close()
            raise
        return cls(
            connection,
            served,
            name=name,
            concurrency=concurrency,
            tokenizer=reader,
            end_ids=end_ids,
            account=Account(budget or Budget(), spent),
            patience=patience,
        )

    @property
    def spent(self) -> Tokens:
        """Tokens paid for, counting answers that were lost on the way at their worst."""
        return self._account.spent

    def encode(self, messages: Sequence[Message], prefill: str = "") -> tuple[int, ...]:
        if self._tokenizer is not None:
            return encoded(self._tokenizer, self.model, messages, prefill)
        if prefill:
            raise EngineError(
                "chat messages can't put first words into a model's mouth: leave out sampling.prefill, or name the "
                "model's tokenizer in model.tokenizer so that prompts go as token ids"
            )
        return ()

    def generate(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Completion]:
        """Every sample of every request, as soon as it is done.

        Raises EngineError when the server refuses, fails for good, or the budget is used up; what was under way by then
        is waited for and given first.
        """
        ending: Ending | None = None
        if self._tokenizer is not None:
            ending = Ending(self._tokenizer, self._end_ids, sampling)
        wanted = chain.from_iterable(self._wanted(request, sampling) for request in requests)
        done: SimpleQueue[Future[Completion]] = SimpleQueue()
        flying: set[Future[Completion]] = set()
        try:
            following, failure = _next(wanted)
            while flying or (following is not None and failure is None):
                if following is not None and failure is None and len(flying) < self._concurrency:
                    if self._account.reserve(following.worst):
                        flying.add(future := self._connection.submit(self._sampled(following, sampling, ending)))
                        future.add_done_callback(done.put)
                        following, failure = _next(wanted)
                        continue
                    if not flying:
                        raise self._account.exhausted(following.worst)
                future = done.get()
                flying.remove(future)
                try:
                    completion = future.result()
                except EngineError as error:
                    failure = failure or error
                else:
                    yield completion
        finally:
            for future in flying:
                future.cancel()
        if failure is not None:
            raise failure

    def score(self, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]) -> list[list[float]]:
        """Log-probabilities (temperature 1) of each continuation's tokens, as vLLM gives them for a prompt.

        Raises EngineError for an engine that is asked in messages, and for an empty prompt.
        """
        if self._tokenizer is None:
            raise EngineError("only token ids can be scored: name the model's tokenizer in model.tokenizer")
        if len(prompts) != len(continuations):
            raise EngineError(f"{len(prompts)} prompts but {len(continuations)} continuations to score")
        scores: list[list[float]] = []
        for number, (prompt, continuation) in enumerate(zip(prompts, continuations, strict=True)):
            if not prompt:
                raise EngineError(f"the prompt of request number {number} is empty; give it at least one token")
            scores.append(self._score([*prompt, *continuation], len(prompt)) if continuation else [])
        return scores

    def close(self) -> None:
        self._connection.close()

    def _wanted(self, request: Request, sampling: Sampling) -> Iterator[_Wanted]:
        limit = sampling.max_tokens
        if self._tokenizer is None:
            if not request.messages:
                raise EngineError(f"request {request.id!r} has no messages, and {self.model} is asked in messages")
            prompt = sum(len(message.content.encode()) for message in request.messages) + _TEMPLATE_TOKENS
        else:
            prompt = len(request.prompt_ids)
            if not prompt:
                raise EngineError(f"the prompt of request {request.id!r} is empty; give it at least one token")
            if self._served.context is not None:
                limit = min(limit, self._served.context - prompt)
            if limit < 1:
                raise EngineError(
                    f"request {request.id!r} needs {prompt + 1} tokens at least and {self.model} reads "
                    f"{self._served.context}; leave out the longest tasks or serve it with a longer context"
                )
        for sample in range(len(request.seeds)):
            yield _Wanted(request, sample, limit, Tokens(prompt, limit))

    async def _sampled(self, wanted: _Wanted, sampling: Sampling, ending: Ending | None) -> Completion:
        used = Tokens()
        try:
            ask = self._chat(wanted, sampling) if ending is None else self._continuation(wanted, sampling)
            random = generator(wanted.request.seeds[wanted.sample], "retry")
            answer = await self._connection.answer(ask, self._patience, random)
            used = Tokens(answer.prompt_tokens, answer.completion_tokens)
        finally:
            self._account.settle(wanted.worst, used)
        return _completion(wanted, answer, sampling, ending)

    def _chat(self, wanted: _Wanted, sampling: Sampling) -> Ask[Said]:
        body = self._body(wanted, sampling)
        body["messages"] = [{"role": one.role, "content": one.content} for one in wanted.request.messages]
        return self._ask("/chat/completions", body, lambda answer: said(answer, chat=True), wanted)

    def _continuation(self, wanted: _Wanted, sampling: Sampling) -> Ask[Said]:
        body = self._body(wanted, sampling)
        body |= {"prompt": list(wanted.request.prompt_ids), "logprobs": 0, "return_token_ids": True}
        body |= {"stop": list(sampling.stop), "include_stop_str_in_output": True, "skip_special_tokens": False}
        body["stop_token_ids"] = sorted(self._end_ids)  # servers know the generation config's only

        def read(answer: Any) -> Said:
            found = said(answer, chat=False)
            if found.token_ids is not None and not 1 <= len(found.token_ids) <= wanted.limit:
                raise BrokenAnswerError(f"has {len(found.token_ids)} token_ids and not 1 to {wanted.limit}")
            return found

        return self._ask("/completions", body, read, wanted)

    def _body(self, wanted: _Wanted, sampling: Sampling) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._served.id,
            "max_tokens": wanted.limit,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": wanted.request.seeds[wanted.sample],
        }
        if sampling.json_schema:
            held = {"name": "answer", "schema": json.loads(sampling.json_schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": held}
        if self._tokenizer is not None or self._served.samplers:
            # Such servers take what is left out from the model's generation config or from defaults of their own.
            return body | {"top_k": sampling.top_k, "min_p": 0.0, "repetition_penalty": 1.0}
        # Those that don't know it refuse the request, rather than sample otherwise than asked.
        return body | ({"top_k": sampling.top_k} if sampling.top_k else {})

    def _ask(self, path: str, body: dict[str, Any], read: Any, wanted: _Wanted) -> Ask[Said]:
        most = _ANSWER_BYTES + _TOKEN_BYTES * wanted.limit
        return Ask(path, body, read, most, lambda: self._account.lose(wanted.worst))

    def _score(self, ids: list[int], first: int) -> list[float]:
        body = {"model": self._served.id, "prompt": ids, "max_tokens": 1, "temperature": 1.0, "prompt_logprobs": 0}
        most = _ANSWER_BYTES + _TOKEN_BYTES * len(ids)
        ask = Ask("/completions", body, lambda answer: prompt_logprobs(answer, ids), most)
        found = self._connection.submit(
            self._connection.answer(ask, self._patience, generator(0, "retry", ids))
        ).result()
        return [value for value in found[first:] if value is not None]


def _next(wanted: Iterator[_Wanted]) -> tuple[_Wanted | None, EngineError | None]:
    """The next sample to ask for, or what is wrong with its request."""
    try:
        return next(wanted, None), None
    except EngineError as error:
        return None, error


def _completion(wanted: _Wanted, answer: Said, sampling: Sampling, ending: Ending | None) -> Completion:
    common: dict[str, Any] = {"request_id": wanted.request.id, "sample": wanted.sample}
    if ending is None:
        text, finish = _cut(answer.text, sampling.stop), answer.finish
        return Completion(
            **common,
            token_ids=(),
            logprobs=(),
            text=text,
            finish="stop" if len(text) < len(answer.text) else finish,
            prompt_tokens=answer.prompt_tokens,
            completion_tokens=answer.completion_tokens,
        )
    if answer.token_ids is None:
        raise EngineError(
            "the server gives no token_ids in its answers (vLLM does): leave out model.tokenizer, so that it is asked "
            "in chat messages"
        )
    return Completion(
        **common,
        token_ids=answer.token_ids,
        logprobs=answer.logprobs if sampling.temperature in (0, 1) else (),
        text=ending.text(answer.token_ids),
        finish=answer.finish,
    )


def _cut(text: str, stop: Sequence[str]) -> str:
    """The text up to the end of the stop text that is complete first."""
    ends = [text.find(one) + len(one) for one in stop if one and one in text]
    return text[: min(ends)] if ends else text


def _tokenizer(name: str) -> tuple[Any, frozenset[int]]:
    """The tokenizer, and the tokens that end a turn."""
    path = resolve(name, weights=False).path
    try:
        tokenizer, generation_config = load_tokenizer(path)
    except (OSError, ValueError) as error:
        raise EngineError(
            f"{path} has no tokenizer that can be read ({error}): name another in model.tokenizer"
        ) from None
    return tokenizer, end_tokens(generation_config, tokenizer)

"""HTTP to one server, in a thread of its own: a bounded number of requests, each tried again as long as it pays."""

import asyncio
import json
import re
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from datetime import UTC, datetime
from itertools import count
from random import Random
from threading import Thread
from typing import Any, Generic, NamedTuple, TypeVar

import httpx

from pipeline.engines.protocol import EngineError, EngineGoneError
from pipeline.engines.retry import Patience, retry_after

AnswerT = TypeVar("AnswerT")

_TRY_AGAIN = {408, 425, 429, *range(500, 600)} - {501, 505}
_WHAT_TO_DO = {
    400: "the server can't do this: shorten the prompts or change the sampling",
    401: "name the environment variable that holds the server's key in model.key_env",
    403: "the key in model.key_env may not use this model",
    404: "check model.url (it ends where /chat/completions would follow, mostly in /v1) and model.name",
    429: "lower model.concurrency, or raise the account's limits",
}
_LONG = 12
"""Characters of a key that does not come up in an answer by chance."""

_CHECK = "check that the server is up and not overloaded, then go on (what was sampled is kept)"


class BrokenAnswerError(ValueError):
    """The server's answer can't be used; the message ends the sentence `its answer …`."""


class Ask(NamedTuple, Generic[AnswerT]):
    """One request: GET, or POST where there is a body. `read` makes the answer, or raises BrokenAnswerError."""

    path: str
    body: dict[str, Any] | None
    read: Callable[[Any], AnswerT]
    most_bytes: int
    lost: Callable[[], None] = lambda: None
    """Called when an answer that may have been paid for did not arrive; what it raises ends the request."""


class _TroubleError(Exception):
    """One attempt failed: how, whether another may succeed, and whether this one may have been paid for."""

    def __init__(
        self, what: str, *, again: bool = True, paid: bool = False, asked: float = 0.0, cure: str = _CHECK
    ) -> None:
        super().__init__(what)
        self.again, self.paid, self.asked, self.cure = again, paid, asked, cure


class Connection:
    """At most `concurrency` requests at once to a server; its answers arrive while the caller works.

    `key` goes into the Authorization header and nowhere else.
    """

    def __init__(self, url: str, key: str, concurrency: int) -> None:
        self.url = url
        self._key = key
        headers = {"Accept-Encoding": "identity", "User-Agent": "taskmill"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
        # A proxy of the environment is for servers elsewhere.
        local = httpx.URL(url).host in {"localhost", "127.0.0.1", "::1"}
        self._client = httpx.AsyncClient(headers=headers, limits=limits, timeout=None, trust_env=not local)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name=f"requests to {url}", daemon=True)
        self._thread.start()

    def submit(self, work: Coroutine[Any, Any, AnswerT]) -> "Future[AnswerT]":
        """Starts the work in the connection's thread. Raises EngineError when the connection is closed."""
        if self._loop.is_closed():
            work.close()
            raise EngineError(f"the connection to {self.url} is closed: open another engine")
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        if not self._loop.is_closed():
            self.submit(self._client.aclose()).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def without_key(self, text: str) -> str:
        """A server's words, fit to be shown."""
        return text.replace(self._key, "***") if self._key else text

    async def answer(self, ask: Ask[AnswerT], patience: Patience, random: Random) -> AnswerT:
        """The answer, after as many attempts as it takes.

        Raises EngineError where it is refused or the deadline is over, EngineGoneError after the last attempt.
        """
        start = self._loop.time()
        for attempt in count(1):
            left = start + patience.deadline - self._loop.time()
            try:
                async with asyncio.timeout(min(patience.timeout, left)):
                    return ask.read(_json(await self._content(ask)))
            except BrokenAnswerError as error:
                trouble = _TroubleError(f"its answer {error}", paid=True)
            except TimeoutError:
                trouble = _TroubleError(f"no whole answer within {min(patience.timeout, left):g} s", paid=True)
            except httpx.ConnectError as error:
                trouble = _TroubleError(f"no connection ({error})")
            except httpx.HTTPError as error:
                trouble = _TroubleError(f"the connection broke ({error or type(error).__name__})", paid=True)
            except _TroubleError as error:
                trouble = error
            if trouble.paid:
                ask.lost()
            wait = patience.wait(attempt, random, trouble.asked)
            left = start + patience.deadline - self._loop.time()
            if not trouble.again or wait >= left:
                raise EngineError(self._sentence(ask, trouble, attempt)) from None
            if attempt == patience.attempts:
                raise EngineGoneError(self._sentence(ask, trouble, attempt))
            await asyncio.sleep(wait)
        raise AssertionError("count never ends")

    async def _content(self, ask: Ask[AnswerT]) -> bytes:
        body = None if ask.body is None else json.dumps(ask.body).encode()
        async with self._client.stream(
            "GET" if body is None else "POST",
            self.url + ask.path,
            content=body,
            headers={} if body is None else {"Content-Type": "application/json"},
        ) as response:
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise _TroubleError("its answer is compressed, though nobody asked for it", again=False)
            content = bytearray()
            async for part in response.aiter_raw():
                content += part
                if len(content) > ask.most_bytes:
                    raise BrokenAnswerError(f"is longer than {ask.most_bytes:,} bytes")
        if response.status_code != 200:
            raise self._refusal(response, bytes(content))
        if len(self._key) >= _LONG and self._key.encode() in content:  # shorter ones, such as EMPTY, are no secrets
            raise BrokenAnswerError("repeats the key that it was sent, which may not be written down")
        return bytes(content)

    def _refusal(self, response: httpx.Response, content: bytes) -> _TroubleError:
        status = response.status_code
        said = self.without_key(_said(content))
        return _TroubleError(
            f"{status} {httpx.codes.get_reason_phrase(status)}".strip() + (f', saying "{said[:300]}"' if said else ""),
            again=status in _TRY_AGAIN,
            asked=retry_after(response.headers.get("Retry-After"), datetime.now(UTC)),
            cure=_WHAT_TO_DO.get(status, _CHECK),
        )

    def _sentence(self, ask: Ask[AnswerT], trouble: _TroubleError, attempts: int) -> str:
        times = "" if attempts == 1 else f" (attempt {attempts})"
        wish = f"; it asks to wait for {trouble.asked:g} s" if trouble.asked else ""
        return f"the server at {self.url}{ask.path} failed: {trouble}{wish}{times}; {trouble.cure}"


def _json(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8", errors="replace"))
    except (ValueError, RecursionError):
        raise BrokenAnswerError("is not valid JSON, or only half of it") from None


def _said(content: bytes) -> str:
    """A server's own words about its refusal, on one line."""
    try:
        said = _json(content)
    except BrokenAnswerError:
        said = content.decode("utf-8", errors="replace")
    while isinstance(said, dict):
        said = next((said[name] for name in ("error", "message", "detail") if name in said), "")
    text = said if isinstance(said, str) else ""
    return re.sub(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]+", " ", text).strip()

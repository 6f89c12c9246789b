"""A proxy that breaks what it passes on, by a seed: each of its faults a few times, then the truth."""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from random import Random
from threading import Thread

FAULTS = ("drop before", "drop after", "500", "429", "half", "no JSON", "slow loris", "no choices", "empty", "flood")
MOST_FAULTS = 3
"""The same request is troubled at most so often."""

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
CANNED = {
    "500": b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\nConnection: close\r\n\r\noops",
    "429": b"HTTP/1.1 429 Busy\r\nRetry-After: 0\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
    "no JSON": OK + b"\r\n<html>It works!</html>",
    "no choices": OK + b'\r\n{"choices": [], "usage": {}}',
    "empty": OK + b"\r\n" + json.dumps({"choices": [{"text": "", "finish_reason": "stop"}]}).encode(),
}


class FaultyProxy:
    """Listens on `url`; counts what it does in `faults`, and the requests at once in `most_at_once`."""

    def __init__(self, port: int, seed: int, share: float = 0.7, faults: Sequence[str] = FAULTS) -> None:
        self._port, self._seed, self._share, self._names = port, seed, share, faults
        self.faults: Counter[str] = Counter()
        self.passed: Counter[bytes] = Counter()
        self.arrivals: Counter[bytes] = Counter()
        self.most_at_once = self._now = 0
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    def close(self) -> None:
        async def stop() -> None:
            self._server.close()
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_length(head))
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            try:
                answer = asyncio.create_task(self._answer(head, body, writer))
                gone = asyncio.create_task(reader.read(1))
                await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
                answer.cancel()
                gone.cancel()
                await asyncio.gather(answer, gone, return_exceptions=True)
            finally:
                self._now -= 1
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client left, or the proxy is being closed
        finally:
            writer.close()

    async def _answer(self, head: bytes, body: bytes, writer: asyncio.StreamWriter) -> None:
        if not body:  # asks for the models, and is only passed on
            writer.write(await self._upstream(head, body))
            return
        fault = self._fault(body)
        if fault is not None:
            self.faults[fault] += 1
        if fault == "drop before":
            return
        if fault in CANNED:
            writer.write(CANNED[fault])
        elif fault == "flood":
            writer.write(OK + b"\r\n")
            while not writer.is_closing():
                writer.write(b" " * 2**16)
                await writer.drain()
        else:
            answer = await self._upstream(head, body)
            if fault == "drop after":
                return
            if fault == "slow loris":
                for byte in answer:
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(0.2)
            self.passed[body] += fault is None
            writer.write(answer if fault is None else answer[: len(answer) * 2 // 3])
        await writer.drain()

    async def _upstream(self, head: bytes, body: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
        writer.write(b"\r\n".join([*lines[:-2], b"Connection: close", b"", body]))
        answer = await reader.read()
        writer.close()
        return answer.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)

    def _fault(self, body: bytes) -> str | None:
        """What befalls this arrival of the request: the same for the same seed, in whatever order requests come."""
        number = self.arrivals[body]
        self.arrivals[body] += 1
        rng = Random(hashlib.sha256(f"{self._seed} {number} ".encode() + body).digest())
        return rng.choice(self._names) if number < MOST_FAULTS and rng.random() < self._share else None


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0

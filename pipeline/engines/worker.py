"""A worker process that answers calls over its pipes, and never outlives who asked.

Both sides send frames: eight bytes of length, then msgpack. One side is a `Worker`, the other calls `answer`.
"""

import os
import signal
import subprocess
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, BinaryIO, TypeVar

import msgspec

from pipeline.engines.protocol import EngineError, EngineGoneError
from schemas.failure import Failure

_TAIL = 4000
"""Characters of a dead worker's log that its error shows."""
_GRACE = 20.0
"""Seconds that a worker has to end by itself when nobody asks any more."""

ResultT = TypeVar("ResultT")


class _Call(msgspec.Struct, frozen=True):
    name: str
    arguments: msgspec.Raw


class _Answer(msgspec.Struct, frozen=True):
    """A result, or what went wrong."""

    result: msgspec.Raw = msgspec.Raw(b"\xc0")
    failure: str = ""


class Worker:
    """A process of another Python, in a process group of its own, which is killed with all that it started."""

    def __init__(self, command: Sequence[str], what: str, environment: Mapping[str, str]) -> None:
        self._what = what
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        self._lock = threading.Lock()
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env={**os.environ, **environment},
                start_new_session=True,
            )
        except OSError as error:
            raise EngineError(f"{command[0]} can't be started: {error}") from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._asking, self._answers = self._process.stdin, self._process.stdout

    @property
    def pid(self) -> int:
        return self._process.pid

    def call(self, name: str, arguments: Any, result: type[ResultT]) -> ResultT:
        """What the worker answers. Raises EngineError with what it says, or with the end of its log when it is dead."""
        call = msgspec.msgpack.encode(_Call(name, msgspec.Raw(msgspec.msgpack.encode(arguments))))
        with self._lock:
            try:
                _send(self._asking, call)
                frame = _receive(self._answers)
            except OSError:
                frame = None
            except BaseException:
                # An answer that was read by halves would be taken for the next one's.
                self.kill()
                raise
        if frame is None:
            self.kill()
            raise EngineGoneError(f"{self._what} died while it was asked to {name}; its log ends:\n{self._log_tail()}")
        answer = msgspec.msgpack.decode(frame, type=_Answer)
        if answer.failure:
            raise EngineError(answer.failure)
        return msgspec.msgpack.decode(answer.result, type=result)

    def close(self) -> None:
        """Asks no more, whereupon the worker ends by itself; kills it when it does not."""
        with suppress(OSError):
            self._asking.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE)
        self.kill()

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _log_tail(self) -> str:
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - _TAIL))
        return self._log.read().decode(errors="replace").strip()


def answer(commands: Mapping[str, tuple[Any, Callable[[Any], Any]]]) -> None:
    """The worker's side: calls by name, each with the type of its argument, until nobody asks any more.

    What libraries print goes to the log. When who asked is gone in the middle of a call, the process ends all the same.
    """
    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    calls: SimpleQueue[bytes | None] = SimpleQueue()
    threading.Thread(target=_read, args=(asked, calls), daemon=True).start()
    while (frame := calls.get()) is not None:
        _send(answers, msgspec.msgpack.encode(_answered(frame, commands)))


def _answered(frame: bytes, commands: Mapping[str, tuple[Any, Callable[[Any], Any]]]) -> _Answer:
    call = msgspec.msgpack.decode(frame, type=_Call)
    arguments, command = commands[call.name]
    try:
        result = command(msgspec.msgpack.decode(call.arguments, type=arguments))
    except Failure as failure:
        return _Answer(failure=str(failure))
    except Exception as error:  # noqa: BLE001 - whatever it is, who asked must hear of it
        traceback.print_exc()
        return _Answer(failure=f"{type(error).__name__}: {error}")
    return _Answer(result=msgspec.Raw(msgspec.msgpack.encode(result)))


def _read(asked: BinaryIO, calls: "SimpleQueue[bytes | None]") -> None:
    while (frame := _receive(asked)) is not None:
        calls.put(frame)
    calls.put(None)
    time.sleep(_GRACE)
    os.killpg(0, signal.SIGKILL)


def _send(pipe: Any, frame: bytes) -> None:
    pipe.write(len(frame).to_bytes(8, "little"))
    pipe.write(frame)
    pipe.flush()


def _receive(pipe: Any) -> bytes | None:
    """The next frame; None where the other side has gone."""
    head = pipe.read(8)
    length = int.from_bytes(head, "little")
    frame = bytes(pipe.read(length)) if len(head) == 8 else b""
    return frame if len(head) == 8 and len(frame) == length else None

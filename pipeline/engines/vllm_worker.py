"""vLLM in a worker process: the caller's side, and the other, which is `python -m pipeline.engines.vllm_worker`."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pipeline.engines.vllm_opening import opened_here
from pipeline.engines.vllm_parts import Core, Made, Opening, Serving, Wanted
from pipeline.engines.worker import Worker, answer

if TYPE_CHECKING:
    from torch import Tensor

_FILE_BYTES = 2**30
"""Weights on their way to the worker are written in files of about this size: so much of them is held at once."""


class WorkerCore:
    """A vLLM that another Python runs, as if it were in this process."""

    def __init__(self, python: str, opening: Opening) -> None:
        threads = {} if opening.threads is None else {"OMP_NUM_THREADS": str(opening.threads)}
        # -P: no module of the working folder stands in for one of ours.
        command = [python, "-P", "-m", "pipeline.engines.vllm_worker"]
        self._worker = Worker(command, "the worker process of vLLM", threads)
        try:
            self.serving = self._worker.call("open", opening, Serving)
        except BaseException:
            self._worker.kill()
            raise

    @property
    def pid(self) -> int:
        return self._worker.pid

    def add(self, samples: Sequence[Wanted]) -> None:
        if samples:
            self._worker.call("add", samples, type(None))

    def made(self) -> list[Made]:
        return self._worker.call("decode", None, list[Made])

    def drop(self, keys: Sequence[int]) -> None:
        if keys:
            self._worker.call("drop", keys, type(None))

    def score(self, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]) -> list[list[float]]:
        return self._worker.call("score", (prompts, continuations), list[list[float]])

    def serve(self, weights: "Path | Iterable[tuple[str, Tensor]]") -> None:
        if isinstance(weights, Path):
            self._worker.call("serve", str(weights.resolve()), type(None))
            return
        with TemporaryDirectory(prefix="taskmill-weights-") as folder:
            _write(weights, Path(folder))
            self._worker.call("serve", folder, type(None))

    def sleep(self) -> None:
        self._worker.call("sleep", None, type(None))

    def wake(self) -> None:
        self._worker.call("wake", None, type(None))

    def close(self) -> None:
        self._worker.close()


def _write(weights: "Iterable[tuple[str, Tensor]]", folder: Path) -> None:
    from safetensors.torch import save_file

    for number, tensors in enumerate(_portions(weights)):
        save_file(tensors, folder / f"{number:05}.safetensors")


def _portions(weights: "Iterable[tuple[str, Tensor]]") -> "Iterator[dict[str, Tensor]]":
    portion: dict[str, Tensor] = {}
    for name, tensor in weights:
        # A copy: tensors that share memory, as tied ones do, can't be written together.
        portion[name] = tensor.detach().cpu().contiguous().clone()
        if sum(one.nbytes for one in portion.values()) > _FILE_BYTES:
            yield portion
            portion = {}
    if portion:
        yield portion


def main() -> None:
    cores: list[Core] = []

    def opened(opening: Opening) -> Serving:
        cores.append(opened_here(opening))
        return cores[0].serving

    commands: dict[str, tuple[Any, Any]] = {
        "open": (Opening, opened),
        "add": (list[Wanted], lambda samples: cores[0].add(samples)),
        "decode": (None, lambda _: cores[0].made()),
        "drop": (list[int], lambda keys: cores[0].drop(keys)),
        "score": (tuple[list[list[int]], list[list[int]]], lambda texts: cores[0].score(*texts)),
        "serve": (str, lambda folder: cores[0].serve(Path(folder))),
        "sleep": (None, lambda _: cores[0].sleep()),
        "wake": (None, lambda _: cores[0].wake()),
    }
    answer(commands)
    for core in cores:
        core.close()


if __name__ == "__main__":
    main()

"""A taskset for `verifiers` and prime-rl; a package that `taskmill export` writes names the folder of its rows."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal

import pyarrow.parquet as pq
import verifiers.v1 as vf

from trainer.rewards.outside.judging import UndecidedError, question, verdicts


class TaskmillData(vf.TaskData):  # type: ignore[misc]
    """A row; `id` is the task's. Nothing but `prompt` is shown to a model."""

    family: str
    version: int
    payload: str
    answer: str
    level: int
    pass_rate: float


class TaskmillTask(vf.Task[TaskmillData]):  # type: ignore[misc]
    """A task, judged by the verifier of its family."""

    @property
    def key(self) -> str:
        return str(self.data.id)

    @vf.reward  # type: ignore[untyped-decorator]
    async def verified(self, trace: vf.Trace) -> float:
        """The verifier's score in [0, 1]. Raises UndecidedError where it could not judge.

        verifiers records that as an error of the trace, whose reward stays empty: no wrong answer.
        """
        return await self._score(trace.last_reply)

    async def validate(self, runtime: vf.Runtime) -> bool:
        """Whether the verifier finds the gold answer right."""
        return await self._score(f"<answer>{self.data.answer}</answer>") == 1.0

    async def _score(self, response: str) -> float:
        task = question(self.data.family, self.data.version, self.data.payload)
        verdict = (await asyncio.to_thread(verdicts, [(task, response)]))[0]
        if verdict.score is None:
            raise UndecidedError(f"task {self.data.id} of {task.family}: {verdict.reason}: {verdict.detail}")
        return verdict.score


class TaskmillConfig(vf.TasksetConfig):  # type: ignore[misc]
    split: Literal["train", "validation", "test", "ood"] = "train"
    """Which split is loaded, set with `--env.taskset.split`."""


class TaskmillTaskset(vf.Taskset[TaskmillTask, TaskmillConfig]):  # type: ignore[misc]
    """The rows of one split, in the order in which they are to be trained on."""

    folder: ClassVar[Path]

    def load(self) -> Iterator[TaskmillTask]:
        path = self.folder / f"{self.config.split}.parquet"
        if not path.is_file():
            there = sorted(each.stem for each in self.folder.glob("*.parquet"))
            raise FileNotFoundError(f"split {self.config.split} has no rows; there is {', '.join(there)}")
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=1000, use_threads=False):
                for row in batch.to_pylist():
                    yield TaskmillTask(TaskmillData.model_validate(row), self.config.task)

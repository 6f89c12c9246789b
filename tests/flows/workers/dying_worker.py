"""A Dask worker that kills itself before a step of the run store: python dying_worker.py ADDRESS STAGE NTH [GPUS].

For the stage `tasks` the step is to write a shard, for others to add to a journal; at the NTH the worker dies. Nothing
heavy is imported at the top: verifiers are children that import this module.
"""

import asyncio
import os
import signal
import sys
from typing import Any


def die_at(stage: str, nth: int) -> None:
    from pipeline.store.journal import Journal
    from pipeline.store.stage import Stage

    steps, method = (Stage, "write") if stage == "tasks" else (Journal, "append")
    whole, left = getattr(steps, method), [nth]

    def step(store: Any, *given: Any, **named: Any) -> Any:
        if f"/{stage}/" in store.url:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return whole(store, *given, **named)

    setattr(steps, method, step)


async def serve(address: str, name: str, gpus: int) -> None:
    from distributed import Worker

    async with Worker(address, nthreads=1, name=name, resources={"GPU": gpus} if gpus else {}) as worker:
        sys.stdout.write(f"Registered to: {address}\n")
        sys.stdout.flush()
        await worker.finished()


if __name__ == "__main__":
    die_at(sys.argv[2], int(sys.argv[3]))
    asyncio.run(serve(sys.argv[1], f"dies at {sys.argv[2]}", sum(map(int, sys.argv[4:]))))

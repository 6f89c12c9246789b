"""Where shards are worked on: in threads, in processes of this machine, or on a Dask cluster, as a config says.

with opened_workers(config.runner, config.workers, run.url) as workers:
    workers.rules("shard 3", write_tasks, stage, 3, segments)

The bytes never depend on it. What runs there is a function at the top of a module, and it and its arguments pickle.
"""

from flows.workers.config import RunnerConfig
from flows.workers.opening import Workers, opened_workers
from flows.workers.place import HERE, Place, WorkersError

__all__ = ["HERE", "Place", "RunnerConfig", "Workers", "WorkersError", "opened_workers"]

"""The run store: shards written whole and once, at any fsspec URL, and found again after a crash.

run = open_run("outputs/demo", config=config, seed=7)
tasks = run.stage("tasks", Task, count=10, key={"families": [...], "versions": {...}})
for shard in tasks.missing():
    tasks.write(shard, make_tasks(shard))
tasks.seal()
"""

from pipeline.store.failures import StoreError
from pipeline.store.journal import Journal
from pipeline.store.manifest import ShardInfo
from pipeline.store.run import Run, clear_run, load_run, open_run
from pipeline.store.shard import read_columns, read_shards, shard_urls
from pipeline.store.stage import Prepared, Stage

__all__ = [
    "Journal",
    "Prepared",
    "Run",
    "ShardInfo",
    "Stage",
    "StoreError",
    "clear_run",
    "load_run",
    "open_run",
    "read_columns",
    "read_shards",
    "shard_urls",
]

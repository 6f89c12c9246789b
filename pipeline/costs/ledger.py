"""Where costs are kept: one small file for each piece of work, beside the stages, so that no two writers share one.

    <run>/costs/<stage>/<key>/00000.json

Shards and their keys don't depend on these files, and a run without them is as good as ever.
"""

import msgspec

from pipeline.costs.record import NOTHING, Cost, in_all
from pipeline.store.files import read_whole, sizes, subfolders, write_whole

COSTS = "costs"


def ledger_of(run_url: str, stage: str, key: str) -> str:
    """The folder of the costs of a stage under one key."""
    return f"{run_url}/{COSTS}/{stage}/{key}"


def entered(folder: str, part: int) -> Cost:
    """What is written down of a piece of work; nothing where that is not there or damaged."""
    try:
        return msgspec.json.decode(read_whole(f"{folder}/{part:05}.json"), type=Cost)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return NOTHING


def enter(folder: str, part: int, cost: Cost) -> None:
    write_whole(f"{folder}/{part:05}.json", msgspec.json.encode(cost) + b"\n")


def next_part(folder: str) -> int:
    """The number of a piece of work that comes after all that are entered."""
    return len(sizes(folder))


def costs_under(run_url: str, stage: str, key: str) -> dict[int, Cost]:
    """What is written down of a stage under one key, by the number of the piece of work."""
    folder = ledger_of(run_url, stage, key)
    numbers = [int(name.removesuffix(".json")) for name in sizes(folder) if name.removesuffix(".json").isdecimal()]
    return {number: entered(folder, number) for number in sorted(numbers)}


def spent(run_url: str) -> dict[str, Cost]:
    """What each stage of a run has taken in all, under every key: also what made shards that are of no use now."""
    folder = f"{run_url}/{COSTS}"
    return {
        stage: in_all(
            cost for key in subfolders(f"{folder}/{stage}") for cost in costs_under(run_url, stage, key).values()
        )
        for stage in subfolders(folder)
    }

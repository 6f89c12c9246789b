"""Papers' claims at toy scale, measured with this trainer: what held and what did not.

    python -m benchmarks.papers [name ...]

Every cell (a claim's arm and seed) is written to results/papers/ when it is done, and not run again: a stopped run goes
on where it was. All of them take about half an hour of one CPU core. docs/papers.md tells what came of it.
"""

import argparse
import json

import torch

from benchmarks.papers import (
    curricula,
    drive,
    filtering,
    hints,
    knapsack,
    length,
    noise,
    replay,
    tokens,
    value_head,
)
from benchmarks.papers.claim import Claim, measured

CLAIMS: dict[str, Claim] = {
    claim.name: claim
    for claim in (
        knapsack.CLAIM,
        filtering.CLAIM,
        curricula.CLAIM,
        value_head.CLAIM,
        noise.CLAIM,
        tokens.CLAIM,
        length.CLAIM,
        hints.CLAIM,
        replay.CLAIM,
        drive.CLAIM,
    )
}

if __name__ == "__main__":
    reader = argparse.ArgumentParser(description="Tries papers' claims at toy scale.")
    reader.add_argument("names", nargs="*", choices=[*CLAIMS, []], metavar="name", help=", ".join(CLAIMS))
    torch.set_num_threads(1)
    for name in reader.parse_args().names or CLAIMS:
        print(json.dumps({name: measured(CLAIMS[name])}, indent=1))

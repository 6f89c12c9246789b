"""A training in this process, which tells what memory it was expected to take and has taken, as JSON.

python -m tests.trainer.measured '{"model": …}'
"""

import json
import sys
from pathlib import Path

import torch
import transformers.models.llama.modeling_llama

from trainer.config import TrainConfig
from trainer.loop import train
from trainer.memory import Memory


def resident(key: str) -> int:
    """Bytes of this process: VmRSS now, VmHWM the most there has been."""
    told = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(key))
    return int(told.split()[1]) * 1024


if __name__ == "__main__":
    assert transformers.models.llama.modeling_llama, "imported before the measuring begins, as torch is"
    torch.ones(64, 64).mm(torch.ones(64, 64))
    before = resident("VmRSS")
    told: list[Memory] = []
    summary = train(TrainConfig.model_validate(json.loads(sys.argv[1])), on_start=told.append)
    print(json.dumps({"expected": told[0].peak, "taken": resident("VmHWM") - before, "updates": summary.updates}))

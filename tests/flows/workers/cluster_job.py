"""Makes and rolls out tasks in one process and on a Dask cluster: python cluster_job.py FOLDER ADDRESS.

FOLDER gets a small model with random weights, and the runs `alone` and `together`. Nothing heavy is imported at the
top: verifiers are children that import this module.
"""

import sys
from pathlib import Path
from typing import Any

CONFIG: dict[str, Any] = {
    "seed": 3,
    "tasks": {
        "shard_size": 10,
        "sources": [{"family": "arithmetic.reversed_addition", "count": 20, "levels": [1, 2], "styles": ["bare"]}],
    },
    "sampling": {"max_tokens": 4, "prefill": "<answer>", "stop": ["</answer>"]},
    "difficulty": {"cap": 8, "prior": "jeffreys"},
}


def build(folder: Path) -> None:
    """A Llama of a few thousand parameters that speaks the signs of the tiny model."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from trainer import tiny

    signs = tiny.tokenizer()
    shape = LlamaConfig(
        vocab_size=len(signs),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        pad_token_id=signs.pad_token_id,
        eos_token_id=signs.eos_token_id,
    )
    torch.manual_seed(0)
    LlamaForCausalLM(shape).save_pretrained(folder)
    signs.save_pretrained(folder)


def run_both(folder: Path, address: str) -> None:
    from prefect import flow

    from flows.config import RunConfig
    from flows.graded import graded_tasks
    from pipeline.config import checked
    from pipeline.store import open_run

    @flow
    def both() -> None:
        cluster = {"kind": "dask", "address": address, "resources": {"GPU": 1}}
        for name, runner, memory in (("alone", {}, "2GB"), ("together", cluster, "4kB")):
            model = {"name": str(folder / "model"), "threads": 1}
            given = {**CONFIG, "name": name, "output": str(folder), "model": model, "runner": runner}
            given["dedup"] = {"memory": memory}  # of all keys, or of six of them
            config = checked(given, RunConfig)
            assert config.model is not None
            run = open_run(config.url, config=config.model_dump(mode="json"), seed=config.seed)
            graded_tasks(run, config, config.model)

    both()


if __name__ == "__main__":
    build(Path(sys.argv[1]) / "model")
    run_both(Path(sys.argv[1]), sys.argv[2])

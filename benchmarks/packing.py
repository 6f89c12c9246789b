"""What sharing lines saves an update: tokens and CPU time of its passes, rows alone beside packed lines.

    python -m benchmarks.packing

The passes are forward and backward through four layers of SmolLM2's shape, in micro-batches of 4,096 tokens.
Completions are of random lengths and tokens, so that they have nothing but their prompts in common. Both take turns in
one process.
"""

import json
from collections.abc import Sequence
from random import Random
from typing import Any

import psutil
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from trainer.batch import Row, collate_lines
from trainer.logprobs import completion_logprobs
from trainer.packing import span_of
from trainer.passes import passes
from trainer.processes import ALONE

VOCABULARY, BUDGET = 512, 4096
CASES = {
    "solved examples, short answers": (4, 8, 400, 16),
    "a question, some sentences": (4, 8, 100, 100),
    "a question, long thoughts": (4, 8, 40, 400),
    "a line, a word": (16, 16, 8, 5),
}
"""Prompts, completions of each, tokens of a prompt, and of the longest completion."""


def model() -> Any:
    shape = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=4,
        num_attention_heads=9,
        num_key_value_heads=3,
    )
    torch.manual_seed(0)
    return LlamaForCausalLM(shape).train()


def rows(prompts: int, completions: int, prompt: int, longest: int) -> list[Row]:
    rng = Random(0)
    made = []
    for _ in range(prompts):
        asked = tuple(rng.choices(range(VOCABULARY), k=prompt))
        for _ in range(completions):
            tokens = tuple(rng.choices(range(VOCABULARY), k=rng.randint(1, longest)))
            zeros = [0.0] * len(tokens)
            made.append(Row(asked, tokens, zeros, zeros, zeros, 0.0))
    return made


def passed(learner: Any, made: Sequence[Row], span: int) -> tuple[int, float]:
    """Tokens with padding, and CPU-seconds."""
    tokens, start = 0, psutil.Process().cpu_times().user
    for part in passes(made, BUDGET, span, ALONE):
        batch = collate_lines(part, torch.device("cpu"))
        completion_logprobs(learner, batch, 1.0).sum().backward()  # type: ignore[no-untyped-call]
        tokens += batch.input_ids.numel()
    learner.zero_grad()
    return tokens, psutil.Process().cpu_times().user - start


def measured(turns: int = 3) -> list[dict[str, Any]]:
    learner = model()
    told = []
    for name, case in CASES.items():
        made = rows(*case)
        pairs = [(passed(learner, made, 0), passed(learner, made, span_of(learner))) for _ in range(turns)]
        alone, packed = (min(pair[side] for pair in pairs) for side in (0, 1))
        told.append(
            {
                "case": name,
                "tokens_alone": alone[0],
                "tokens_packed": packed[0],
                "tokens_ratio": round(packed[0] / alone[0], 3),
                "cpu_alone": round(alone[1], 2),
                "cpu_packed": round(packed[1], 2),
                "cpu_ratio": round(packed[1] / alone[1], 3),
            }
        )
    return told


def main() -> None:
    torch.set_num_threads(1)
    print(json.dumps(measured()))


if __name__ == "__main__":
    main()

"""What the LM head takes at SmolLM2's vocabulary: one way of log-probabilities, forward and backward, in this process.

    python -m benchmarks.lm_head ours

The model is SmolLM2-135M without its layers, so that the head is nearly all there is; 8 rows of 64 prompt tokens and
384 completion tokens. Tells the peak memory above what the process had before, and the norm of the gradient.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import torch
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM

from trainer.batch import Row, collate
from trainer.logprobs import completion_logprobs

ROWS, PROMPT, COMPLETION = 8, 64, 384
VOCABULARY, WIDTH = 49_152, 576


def model() -> Any:
    shape = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=WIDTH,
        num_hidden_layers=0,
        num_attention_heads=9,
        num_key_value_heads=3,
        tie_word_embeddings=True,
    )
    torch.manual_seed(0)
    return LlamaForCausalLM(shape)


def naive(head: Any, ids: Tensor) -> Tensor:
    logits = head(input_ids=ids).logits[:, PROMPT - 1 : -1]
    return logits.log_softmax(-1).gather(-1, ids[:, PROMPT:, None]).squeeze(-1)


def logsumexp(head: Any, ids: Tensor) -> Tensor:
    logits = head(input_ids=ids).logits[:, PROMPT - 1 : -1]
    return logits.gather(-1, ids[:, PROMPT:, None]).squeeze(-1) - logits.logsumexp(-1)


def ours(head: Any, ids: Tensor) -> Tensor:
    zeros = [0.0] * COMPLETION
    rows = [Row(row[:PROMPT], row[PROMPT:], zeros, zeros, zeros, 0.0) for row in ids.tolist()]
    return completion_logprobs(head, collate(rows, torch.device("cpu")), 1.0)


def trl(head: Any, ids: Tensor) -> Tensor:
    from trl.trainer.utils import add_fused_lm_head

    add_fused_lm_head(head, outputs=("log_probs", "entropy"))
    labels = ids.masked_fill(torch.arange(ids.shape[1]) < PROMPT, -100)
    told: Tensor = head(input_ids=ids, labels=labels, fused_lm_head=True).log_probs
    return told[:, PROMPT - 1 :]


WAYS: dict[str, Callable[[Any, Tensor], Tensor]] = {"naive": naive, "logsumexp": logsumexp, "trl": trl, "ours": ours}


def peak_bytes() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def main() -> None:
    torch.set_num_threads(1)
    head = model()
    ids = torch.randint(0, VOCABULARY, (ROWS, PROMPT + COMPLETION), generator=torch.Generator().manual_seed(1))
    way = WAYS[sys.argv[1]]
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    before = psutil.Process().memory_info().rss
    start = psutil.Process().cpu_times().user
    told = way(head, ids)
    (told * torch.linspace(-1, 1, told.numel()).view_as(told)).sum().backward()  # type: ignore[no-untyped-call]
    found = {
        "peak_mb": round((peak_bytes() - before) / 1e6),
        "cpu_seconds": round(psutil.Process().cpu_times().user - start, 2),
        "gradient_norm": float(head.lm_head.weight.grad.norm()),
        "mean_logprob": float(told.detach().mean()),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()

"""`taskmill steps` with `mcts` on a planning family: a model that wanders, and the rules that follow its moves."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import AddedToken, Tokenizer, decoders, models
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from flows.steps import StepsConfig, search_tasks
from generators.family import make_task
from generators.preferences.exact import keeps_rules
from generators.registry import family_named
from generators.verify import verify
from pipeline.config import checked
from pipeline.store import Run, open_run
from schemas import Rollout, StepLabels, Task
from trainer import tiny

FAMILY = family_named("planning.sliding_tiles")
TASKS = [make_task(FAMILY, level=1, seed=5, index=index) for index in range(4)]
KEEPS = {task.id: keeps_rules(task) for task in TASKS}
MOVES = [f"{way} " for way in "UDLR"]


def wanderer(folder: Path) -> str:
    """A random model that knows nothing but moves and the end of an answer."""
    inner = Tokenizer(models.WordLevel({"<pad>": 0, "<end>": 1, "?": 2}, "<pad>"))
    inner.decoder = decoders.Fuse()
    inner.add_tokens([AddedToken(sign, normalized=False) for sign in (*MOVES, tiny.OPEN, tiny.CLOSE)])
    signs = PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="<pad>", eos_token="<end>")
    signs.chat_template = "?"
    shape = LlamaConfig(
        vocab_size=len(signs),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=64,
        initializer_range=0.05,
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=1,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        LlamaForCausalLM(shape).save_pretrained(folder)
    signs.save_pretrained(folder)
    return str(folder)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    source = {"family": FAMILY.name, "count": len(TASKS), "levels": [1]}
    model = {"name": wanderer(tmp_path / "model"), "threads": 1}
    opened = open_run(
        str(tmp_path / "run"), config={"name": "r", "tasks": {"sources": [source]}, "model": model}, seed=0
    )
    unique = opened.stage("unique", Task, count=1, key="k")
    rollouts = opened.stage("rollouts", Rollout, count=1, key="k")
    unique.write(0, TASKS)
    rollouts.write(0, [])
    unique.seal()
    rollouts.seal()
    return opened


def searched(run: Run, **changed: Any) -> list[StepLabels]:
    values: dict[str, Any] = {
        "method": "mcts",
        "mixed": False,
        "mcts": {"iterations": 8, "branch": 6, "simulations": 4, **changed},
        "steps": {"marks": MOVES},
        "sampling": {"max_tokens": 8, "prefill": tiny.OPEN, "stop": [tiny.CLOSE]},
    }
    return list(search_tasks(run, checked(values, StepsConfig)).labels.records())


def gone_on_from(rows: list[StepLabels]) -> list[bool]:
    """Of each beginning after which something was sampled, whether its moves keep the rules."""
    return [
        KEEPS[row.task_id]("".join(row.completions[:count]))
        for row in rows
        for count in range(1, len(row.completions))
        if row.visits[count]
    ]


def test_a_search_carries_moves_out_by_the_rules_and_labels_forbidden_ones_wrong(run: Run) -> None:
    rows = searched(run)
    assert gone_on_from(rows)
    assert all(gone_on_from(rows))
    forbidden = [row for row in rows if not KEEPS[row.task_id]("".join(row.completions))]
    assert any(row.score is None for row in forbidden)
    assert not any(row.labels[-1] for row in forbidden)
    right = [row for row in rows if row.score == 1.0]
    assert right
    by_id = {task.id: task for task in TASKS}
    assert all(verify(by_id[row.task_id], "".join(row.completions)).score == 1.0 for row in right)


def test_without_the_rules_a_search_goes_on_from_forbidden_moves(run: Run) -> None:
    assert not all(gone_on_from(searched(run, exact=False)))

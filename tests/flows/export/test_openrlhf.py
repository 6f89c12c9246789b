"""The export for OpenRLHF: by its documented keys, and by its own readers and executor where OpenRLHF is installed."""

import asyncio
import importlib.util
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import datasets
import pytest

from flows.export.command import export_run
from pipeline.models import resolve
from pipeline.store import Run
from schemas import Task

HAS_OPENRLHF = importlib.util.find_spec("openrlhf") is not None
PINS = "OpenRLHF pins other versions of its libraries; install it --no-deps to run this"


@pytest.fixture(scope="module")
def folder(full_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("export") / "openrlhf"
    export_run(full_run.url, "openrlhf", str(output), [], [])
    return output


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def reward_of(folder: Path) -> Any:
    """`reward_func` as OpenRLHF finds it: by the file's path."""
    spec = importlib.util.spec_from_file_location("reward_func", folder / "reward_func.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.reward_func


def test_labels_are_texts_that_the_reward_reads(folder: Path, tasks: dict[str, Task]) -> None:
    reward_func = reward_of(folder)
    rows = lines(folder / "prompts/test.jsonl")
    answers = [tasks[row["task_id"]].answer for row in rows]
    prompts = [f"{row['input'][-1]['content']}\n" for row in rows]
    for said, paid in ((lambda answer: f"<answer>{answer}</answer>", 1.0), (lambda answer: "no", 0.0)):
        queries = [prompt + said(answer) + "<end>" for prompt, answer in zip(prompts, answers, strict=True)]
        told = reward_func(queries, prompts, [row["label"] for row in rows])
        assert told["rewards"].tolist() == [paid] * len(rows)
        assert told["scores"].shape == told["extra_logs"]["undecided"].shape == (len(rows),)


def test_pairs_are_chats_that_go_on_from_their_prompts(folder: Path) -> None:
    for row in lines(folder / "pairs/train.jsonl"):
        assert [message["role"] for message in row["chosen"] + row["rejected"]] == ["assistant", "assistant"]
        assert row["prompt"][-1]["role"] == "user"
        assert row["chosen"] != row["rejected"]


def test_each_file_loads_as_one_table(folder: Path) -> None:
    for part, key in (("prompts", "input"), ("pairs", "chosen")):
        files = {path.stem: str(path) for path in (folder / part).iterdir()}
        loaded = datasets.load_dataset("json", data_files=files, split="train", streaming=True)
        assert next(iter(loaded))[key]


@pytest.mark.slow
@pytest.mark.skipif(not HAS_OPENRLHF, reason=PINS)
def test_openrlhf_reads_the_rows_and_pays_by_the_file(folder: Path, tasks: dict[str, Task]) -> None:
    from openrlhf.datasets import PromptDataset, RewardDataset
    from openrlhf.datasets.utils import blending_datasets
    from openrlhf.utils.agent import SingleTurnAgentExecutor
    from transformers import AutoTokenizer

    signs = AutoTokenizer.from_pretrained(resolve("smollm2-135m").path)
    keys = {"input_key": "input", "label_key": "label", "prompt_key": "prompt", "apply_chat_template": True}
    settings = SimpleNamespace(**keys, chosen_key="chosen", rejected_key="rejected")
    strategy = SimpleNamespace(print=print, is_rank_0=lambda: True, args=SimpleNamespace(data=settings, use_ms=False))
    rows = PromptDataset(blending_datasets(str(folder / "prompts/train.jsonl"), None, strategy), signs, strategy)
    pairs = blending_datasets(str(folder / "pairs/train.jsonl"), None, strategy)
    made = RewardDataset(pairs, signs, 512, strategy, is_dpo=True, num_processors=1)
    assert len(made) == len(lines(folder / "pairs/train.jsonl"))
    assert made.collate_fn([made[0], made[1]])[0].shape[0] == 2

    class Engine:
        """Says one thing."""

        def __init__(self, text: str) -> None:
            self.text = text

        async def generate(self, *_: Any, **__: Any) -> Any:
            ids = signs(self.text + signs.eos_token, add_special_tokens=False)["input_ids"]
            return SimpleNamespace(outputs=[SimpleNamespace(token_ids=ids, finish_reason="stop", logprobs=None)])

    executor = SingleTurnAgentExecutor(str(folder / "reward_func.py"))
    sampling = SimpleNamespace(max_tokens=32, logprobs=None)
    for place in range(6):
        _, prompt, label, _ = rows[place]
        answer = tasks[json.loads(label)["task_id"]].answer
        for said, score in ((f"<answer>{answer}</answer>", 1.0), ("<answer>?</answer>", 0.0)):
            told = asyncio.run(executor.execute(prompt, label, sampling, 4096, signs, Engine(said)))
            assert told["reward"].tolist() == [score]
            assert told["extra_logs"]["undecided"].tolist() == [0.0]

"""OpenRLHF's own readers of prompts and pairs, and its executor of rewards, on an export."""

import asyncio
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from openrlhf.datasets import PromptDataset, RewardDataset
from openrlhf.datasets.utils import blending_datasets
from openrlhf.utils.agent import SingleTurnAgentExecutor
from transformers import AutoTokenizer

from pipeline.models import resolve

folder, answers = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
signs = AutoTokenizer.from_pretrained(resolve("smollm2-135m").path)
keys = {"input_key": "input", "label_key": "label", "prompt_key": "prompt", "apply_chat_template": True}
settings = SimpleNamespace(**keys, chosen_key="chosen", rejected_key="rejected")
strategy = SimpleNamespace(
    print=lambda *_: None, is_rank_0=lambda: True, args=SimpleNamespace(data=settings, use_ms=False)
)
rows = PromptDataset(blending_datasets(str(folder / "prompts/train.jsonl"), None, strategy), signs, strategy)
pairs = RewardDataset(
    blending_datasets(str(folder / "pairs/train.jsonl"), None, strategy),
    signs,
    512,
    strategy,
    is_dpo=True,
    num_processors=1,
)


class Engine:
    """Says one thing."""

    def __init__(self, text: str) -> None:
        self.text = text

    async def generate(self, *_: Any, **__: Any) -> Any:
        ids = signs(self.text + signs.eos_token, add_special_tokens=False)["input_ids"]
        return SimpleNamespace(outputs=[SimpleNamespace(token_ids=ids, finish_reason="stop", logprobs=None)])


async def paid(place: int, said: str) -> list[float]:
    _, prompt, label, _ = rows[place]
    sampling = SimpleNamespace(max_tokens=32, logprobs=None)
    made = await executor.execute(prompt, label, sampling, 4096, signs, Engine(said))
    return [made["reward"].item(), made["extra_logs"]["undecided"].item()]


executor = SingleTurnAgentExecutor(str(folder / "reward_func.py"))
told = []
for place in range(6):
    answer = answers[json.loads(rows[place][2])["task_id"]]
    told.append([asyncio.run(paid(place, f"<answer>{said}</answer>")) for said in (answer, "?")])
both = pairs.collate_fn([pairs[0], pairs[1]])[0].shape[0]
print(json.dumps({"rows": len(rows), "pairs": len(pairs), "a batch of pairs": both, "paid": told}))

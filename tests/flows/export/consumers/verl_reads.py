"""verl's own reader of data sets, loader of rewards and reward manager on an export."""

import asyncio
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from omegaconf import OmegaConf
from verl import DataProto
from verl.experimental.reward_loop.reward_manager.naive import NaiveRewardManager
from verl.trainer.ppo.reward import get_custom_reward_fn
from verl.utils.dataset.rl_dataset import RLHFDataset, collate_fn

from trainer import tiny

folder, answers = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
signs = tiny.tokenizer()
settings = OmegaConf.create({"max_prompt_length": 512, "filter_overlong_prompts_workers": None})
rows = RLHFDataset([str(folder / "prompts/train.parquet")], signs, settings)
where = {"path": str(folder / "compute_score.py"), "name": "compute_score"}
reward = get_custom_reward_fn(OmegaConf.create({"reward": {"custom_reward_function": where}}))


async def paid(place: int, said: str) -> Any:
    manager = NaiveRewardManager(SimpleNamespace(), signs, reward)
    manager.loop = asyncio.get_running_loop()
    ids = signs(said, add_special_tokens=False, return_tensors="pt")["input_ids"]
    batch = collate_fn([rows[place]])
    data = DataProto.from_dict(
        tensors={"responses": ids, "attention_mask": ids * 0 + 1, "dummy_tensor": batch.pop("dummy_tensor")},
        non_tensors=batch,
    )
    told = await manager.run_single(data)
    return [told["reward_score"], told["reward_extra_info"]["acc"]]


told = []
for place in range(6):
    answer = answers[rows[place]["extra_info"]["task_id"]]
    told.append([asyncio.run(paid(place, f"<answer>{said}</answer>")) for said in (answer, "?")])
print(json.dumps({"rows": len(rows), "paid": told}))

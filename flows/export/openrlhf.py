"""OpenRLHF: JSON lines of prompts with labels, a file with `reward_func`, and pairs."""

from typing import Any

import msgspec

from flows.export.folder import Draft
from flows.export.readme import INSTALL, model_elsewhere, readme, reward_module
from flows.export.source import Source, as_builtin, preferences, prompts
from schemas import CurriculumRow, PreferencePair, jsontext
from trainer.rewards.outside.openrlhf import Label


def write_openrlhf(source: Source, draft: Draft) -> None:
    """`prompts/` and `pairs/`, a file a split, and `reward_func.py`."""
    use, model = [], model_elsewhere(source)
    if "prompts" in source.parts:
        draft.json_lines("prompts", ((split, prompt_line(row)) for split, row in prompts(source)))
        draft.text("reward_func.py", reward_module("reward_func", "--reward.remote_url"))
        use += [INSTALL, _USE_PROMPTS.format(model=model)]
    if "pairs" in source.parts:
        draft.json_lines("pairs", ((split, pair_line(pair)) for split, pair in preferences(source)))
        use.append(_USE_PAIRS.format(model=model))
    draft.text("README.md", readme(source, draft, "OpenRLHF", "\n\n".join(use), _UNDECIDED))


def prompt_line(row: CurriculumRow) -> dict[str, Any]:
    label = Label(
        task_id=row.id,
        family=row.family,
        version=row.version,
        payload=jsontext.dumps(row.payload),
        pass_rate=row.pass_rate,
    )
    return {
        "input": as_builtin(row.prompt),
        "label": msgspec.json.encode(label).decode(),
        "datasource": row.family,
        "task_id": row.id,
        "level": row.level,
    }


def pair_line(pair: PreferencePair) -> dict[str, Any]:
    return {
        "prompt": as_builtin(pair.prompt),
        "chosen": as_builtin(pair.chosen),
        "rejected": as_builtin(pair.rejected),
        "margin": pair.margin,
        "task_id": pair.task_id,
        "kind": pair.kind,
    }


_USE_PROMPTS = """\
```sh
python -m openrlhf.cli.train_ppo_ray --actor.model_name_or_path {model} \\
  --data.prompt_dataset prompts/train.jsonl --data.input_key input --data.label_key label --data.apply_chat_template \\
  --reward.remote_url reward_func.py
```
"""

_USE_PAIRS = """\
```sh
python -m openrlhf.cli.train_dpo --model.model_name_or_path {model} \\
  --data.dataset pairs/train.jsonl --data.prompt_key prompt --data.chosen_key chosen --data.rejected_key rejected \\
  --data.apply_chat_template
```

Pairs in which neither response is better (`tie`, `neutral`) are left out.
"""

_UNDECIDED = """\
OpenRLHF can leave no response out of its group. One that can't be judged is worth its task's `pass_rate`: what it
earned on average when it was measured, which is hardly reward or punishment. The share of them is logged as
`undecided`.
"""

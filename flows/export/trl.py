"""TRL: prompts for GRPO with their reward's columns, pairs for DPO, labelled steps; and scripts that train on them."""

from typing import Any

import pyarrow as pa

from flows.export.folder import Draft
from flows.export.readme import INSTALL, NO_MODEL, is_folder, readme, with_taskmill
from flows.export.source import Source, as_builtin, labelled_steps, preferences, prompts
from rubrics.generation.contrast import plain
from schemas import CurriculumRow, PreferencePair, StepLabels, jsontext
from schemas.columns import message_list

PROMPTS = pa.schema(
    [
        message_list("prompt"),
        pa.field("task_id", pa.string(), nullable=False),
        pa.field("family", pa.string(), nullable=False),
        pa.field("version", pa.int32(), nullable=False),
        pa.field("payload", pa.string(), nullable=False),
        pa.field("answer", pa.string(), nullable=False),
        pa.field("level", pa.int32(), nullable=False),
        pa.field("pass_rate", pa.float64(), nullable=False),
    ]
)

PAIRS = pa.schema(
    [
        message_list("prompt"),
        message_list("chosen"),
        message_list("rejected"),
        pa.field("task_id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("margin", pa.float64(), nullable=False),
        pa.field("strength", pa.float64(), nullable=False),
        pa.field("chosen_revision", pa.string(), nullable=False),
        pa.field("rejected_revision", pa.string(), nullable=False),
        pa.field("chosen_sample", pa.int32(), nullable=False),
        pa.field("rejected_sample", pa.int32(), nullable=False),
    ]
)

STEPS = pa.schema(
    [
        pa.field("prompt", pa.string(), nullable=False),
        pa.field("completions", pa.list_(pa.string()), nullable=False),
        pa.field("labels", pa.list_(pa.bool_()), nullable=False),
        message_list("messages"),
        pa.field("task_id", pa.string(), nullable=False),
    ]
)


def write_trl(source: Source, draft: Draft) -> None:
    """`prompts/`, `pairs/`, `steps/`, a file a split, and a script for each trainer that has rows to train on."""
    use, model = [INSTALL], "" if _knows_model(source) else f"--model {NO_MODEL} "
    if "prompts" in source.parts:
        draft.parquet("prompts", ((split, prompt_row(row)) for split, row in prompts(source)), PROMPTS)
        if "train" in draft.rows_of("prompts"):
            draft.text("train_grpo.py", _script(source, _GRPO, _RESOLVE, _VERIFIED))
            use.append(_USE_GRPO.format(model=model))
    if "pairs" in source.parts:
        draft.parquet("pairs", ((split, pair_row(pair)) for split, pair in preferences(source)), PAIRS)
        if "train" in draft.rows_of("pairs"):
            draft.text("train_dpo.py", _script(source, _DPO, _RESOLVE))
            use.append(_USE_DPO.format(model=model))
    if "steps" in source.parts:
        draft.parquet("steps", ((split, step_row(row)) for split, row in labelled_steps(source)), STEPS)
        use.append(_USE_STEPS)
    draft.text("README.md", readme(source, draft, "TRL", "\n\n".join(use), _UNDECIDED))


def prompt_row(row: CurriculumRow) -> dict[str, Any]:
    return {
        "prompt": as_builtin(row.prompt),
        "task_id": row.id,
        "family": row.family,
        "version": row.version,
        "payload": jsontext.dumps(row.payload),
        "answer": row.answer,
        "level": row.level,
        "pass_rate": row.pass_rate,
    }


def pair_row(pair: PreferencePair) -> dict[str, Any]:
    messages = {name: as_builtin(getattr(pair, name)) for name in ("prompt", "chosen", "rejected")}
    return messages | {name: getattr(pair, name) for name in PAIRS.names if name not in messages}


def step_row(row: StepLabels) -> dict[str, Any]:
    """TRL's stepwise type has plain text for a prompt, which the first step follows; `messages` is the chat it was."""
    return {
        "prompt": plain(row.prompt) + "\n",
        "completions": list(row.completions),
        "labels": list(row.labels),
        "messages": as_builtin(row.prompt),
        "task_id": row.task_id,
    }


def _script(source: Source, text: str, *imports: str) -> str:
    """The script with the run's own settings; a model in a folder of this machine must be named anew."""
    model, sampling = source.config.model, source.config.sampling
    told = {
        "@TASKMILL": with_taskmill(*imports),
        "@MODEL": f" = {jsontext.dumps(model.name)}" if model is not None and _knows_model(source) else "",
        "@TOKENS": str(sampling.max_tokens),
        "@TEMPERATURE": f"{sampling.temperature or 1.0:g}",
    }
    for mark, value in told.items():
        text = text.replace(mark, value)
    return text


def _knows_model(source: Source) -> bool:
    """Whether the scripts find the run's model by its name, on whatever machine."""
    return source.config.model is not None and not is_folder(source.config.model.name)


_RESOLVE = "from pipeline.models import resolve"
_VERIFIED = "from trainer.rewards.outside import verified"

_GRPO = '''\
"""GRPO with TRL on the tasks of this folder. The options are --model and those of TRL's GRPOConfig.

    python train_grpo.py --output_dir grpo --max_steps 100
"""

from dataclasses import dataclass
from pathlib import Path

from datasets import load_dataset
from trl import GRPOConfig, GRPOTrainer, TrlParser

@TASKMILL

PROMPTS = Path(__file__).resolve().parent / "prompts"


@dataclass
class Script:
    model: str@MODEL


def main() -> None:
    parser = TrlParser((Script, GRPOConfig))
    parser.set_defaults(max_completion_length=@TOKENS, temperature=@TEMPERATURE)
    script, config = parser.parse_args_and_config()
    data = load_dataset("parquet", data_files={path.stem: str(path) for path in sorted(PROMPTS.glob("*.parquet"))})
    trainer = GRPOTrainer(
        model=resolve(script.model).path,
        reward_funcs=verified,
        args=config,
        train_dataset=data["train"],
        eval_dataset=data.get("validation") if config.eval_strategy != "no" else None,
    )
    trainer.train()
    trainer.save_model()
    trainer.save_state()


if __name__ == "__main__":
    main()
'''

_DPO = '''\
"""DPO with TRL on the pairs of this folder. The options are --model and those of TRL's DPOConfig.

    python train_dpo.py --output_dir dpo --max_steps 100
"""

from dataclasses import dataclass
from pathlib import Path

from datasets import load_dataset
from trl import DPOConfig, DPOTrainer, TrlParser

@TASKMILL

PAIRS = Path(__file__).resolve().parent / "pairs"


@dataclass
class Script:
    model: str@MODEL


def main() -> None:
    script, config = TrlParser((Script, DPOConfig)).parse_args_and_config()
    data = load_dataset("parquet", data_files={path.stem: str(path) for path in sorted(PAIRS.glob("*.parquet"))})
    trainer = DPOTrainer(
        model=resolve(script.model).path,
        args=config,
        train_dataset=data["train"],
        eval_dataset=data.get("validation") if config.eval_strategy != "no" else None,
    )
    trainer.train()
    trainer.save_model()
    trainer.save_state()


if __name__ == "__main__":
    main()
'''

_USE_GRPO = """\
```sh
python train_grpo.py {model}--output_dir grpo
```

In a script or a config of your own, the reward is `trainer.rewards.outside.verified`, also for
`trl grpo --reward_funcs`. It reads the columns `family`, `version` and `payload`.
"""

_USE_DPO = """\
```sh
python train_dpo.py {model}--output_dir dpo
```

Pairs in which neither response is better (`tie`, `neutral`) are left out.
"""

_USE_STEPS = """\
`steps/` has the stepwise type: `prompt`, `completions`, `labels`. TRL's PRMTrainer reads it; TRL had one up to 1.13.
The steps are the response cut up, white space and all, so give it `step_separator=""`.
"""

_UNDECIDED = """\
The reward is then None, not 0. TRL leaves such a completion out of its group's mean and gives it no advantage; the
share of them is logged as `undecided`.
"""

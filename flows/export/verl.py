"""verl: Parquet of prompts with `reward_model` and `extra_info`, and a file with `compute_score`."""

from typing import Any

import pyarrow as pa

from flows.export.folder import Draft
from flows.export.readme import INSTALL, model_elsewhere, readme, reward_module
from flows.export.source import Source, as_builtin, prompts
from schemas import CurriculumRow, Split, jsontext
from schemas.columns import message_list

EXTRA_INFO = pa.struct(
    [
        pa.field("index", pa.int64(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("task_id", pa.string(), nullable=False),
        pa.field("family", pa.string(), nullable=False),
        pa.field("version", pa.int32(), nullable=False),
        pa.field("payload", pa.string(), nullable=False),
        pa.field("level", pa.int32(), nullable=False),
        pa.field("pass_rate", pa.float64(), nullable=False),
    ]
)

ROWS = pa.schema(
    [
        pa.field("data_source", pa.string(), nullable=False),
        message_list("prompt"),
        pa.field("ability", pa.string(), nullable=False),
        pa.field(
            "reward_model",
            pa.struct(
                [pa.field("style", pa.string(), nullable=False), pa.field("ground_truth", pa.string(), nullable=False)]
            ),
            nullable=False,
        ),
        pa.field("extra_info", EXTRA_INFO, nullable=False),
    ]
)


def write_verl(source: Source, draft: Draft) -> None:
    """`prompts/`, a file a split, and `compute_score.py`."""
    numbered: dict[Split, int] = {}

    def row_of(split: Split, row: CurriculumRow) -> dict[str, Any]:
        index = numbered.get(split, 0)
        numbered[split] = index + 1
        return verl_row(row, split, index)

    draft.parquet("prompts", ((split, row_of(split, row)) for split, row in prompts(source)), ROWS)
    draft.text("compute_score.py", reward_module("compute_score", "reward.custom_reward_function"))
    use = f"{INSTALL}\n{_USE.format(tokens=source.config.sampling.max_tokens, model=model_elsewhere(source))}"
    draft.text("README.md", readme(source, draft, "verl", use, _UNDECIDED))


def verl_row(row: CurriculumRow, split: Split, index: int) -> dict[str, Any]:
    """`index` counts the rows of the split. `ground_truth` is one gold answer, for people: the verifier reads
    `payload`, since many answers may be right."""
    return {
        "data_source": f"taskmill/{row.family}",
        "prompt": as_builtin(row.prompt),
        "ability": row.domain,
        "reward_model": {"style": "rule", "ground_truth": row.answer},
        "extra_info": {
            "index": index,
            "split": split,
            "task_id": row.id,
            "family": row.family,
            "version": row.version,
            "payload": jsontext.dumps(row.payload),
            "level": row.level,
            "pass_rate": row.pass_rate,
        },
    }


_USE = """\
```sh
python -m verl.trainer.main_ppo algorithm.adv_estimator=grpo actor_rollout_ref.model.path={model} \\
  data.train_files=prompts/train.parquet data.val_files=prompts/validation.parquet \\
  data.max_response_length={tokens} \\
  reward.custom_reward_function.path=compute_score.py reward.custom_reward_function.name=compute_score
```

Validation is reported by `data_source`, which is the family. Rows stand in training order; `data.shuffle=False` keeps
it.
"""

_UNDECIDED = """\
`compute_score` raises. verl's trainer (`trainer.use_v1=True`, its default) marks that trajectory as failed and trains
on the others of the group; validation counts it as wrong in `acc`, and leaves it out in `acc_success_only`. Where an
exception ends the training, give such a response a value:
`+reward.custom_reward_function.reward_kwargs.undecided=0.5`. The share of them is in the reward's `undecided`.
"""

"""What the dataset's columns mean."""

import pyarrow as pa

from schemas import CurriculumRow, schema_of
from schemas.columns import is_json

KEPT_BACK = ("answer", "payload", "params", "features", "seed", "index")
"""The columns that say the answer, or make the problem with its answer again."""

MEANINGS = {
    "id": "names the task: a hash of family, version, payload and prompt",
    "family": "the rules by which it was made and its answers are judged",
    "domain": "the field that the family belongs to",
    "level": "the rung of the family's ladder of difficulty, from 1; 0 for parameters off the ladder",
    "style": "which wording of the prompt",
    "prompt": "chat messages; solved problems may come before the question, as earlier turns",
    "answer": "one right answer, written as the prompt asks; others may be right as well",
    "payload": "what the verifier reads",
    "params": "the parameters of the rung",
    "canonical": "equal for two tasks exactly when they are the same problem up to renaming, reordering and symmetry",
    "features": "structural difficulty, such as the depth of an expression",
    "seed": "with family, version, params, style and index it makes the problem again",
    "index": "the place in the stream of `seed`",
    "version": "the version of the family, which its verifier must have",
    "source": "where the task comes from",
    "license": "the task's licence",
    "pass_rate": "how often the model solves it, in [0, 1]: the posterior mean after `samples` rollouts",
    "pass_low": "the lower end of the 95 % interval of `pass_rate`",
    "pass_high": "the upper end of the 95 % interval of `pass_rate`",
    "successes": "rollouts that the verifier found right",
    "samples": "rollouts with a verdict",
    "model": "the model that was asked",
    "revision": "the revision of its weights",
    "decision": "whether `pass_rate` is in the band that was aimed at",
    "split": "the split that the row is in",
}


def type_name(field: pa.Field) -> str:
    """A column's type for people."""
    if is_json(field):
        return "JSON text"
    return "list of messages" if pa.types.is_list(field.type) else str(field.type)


def columns_table() -> str:
    """A line of Markdown for each column."""
    rows = [f"| `{field.name}` | {type_name(field)} | {MEANINGS[field.name]} |" for field in schema_of(CurriculumRow)]
    return "\n".join(["| column | type | meaning |", "|---|---|---|", *rows])

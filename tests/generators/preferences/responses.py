"""Responses to one task, as stored: made by hand or by hypothesis."""

from typing import Any

from hypothesis import strategies as st

from generators.family import make_task
from generators.registry import family_named
from schemas import Rollout, Task

TASK: Task = make_task(family_named("arithmetic.chain"), level=2, seed=0, index=0)

FIELDS: dict[str, Any] = {
    "task_id": TASK.id,
    "sample": 0,
    "model": "a model",
    "revision": "its weights",
    "engine": "transformers",
    "sampling": {"prefill": ""},
    "seed": 1,
    "text": "<answer>1</answer>",
    "prompt_tokens": 9,
    "completion_tokens": 4,
    "token_ids": (),
    "logprobs": (),
    "mean_logprob": -0.5,
    "finish": "stop",
    "score": 1.0,
    "reason": "correct",
    "detail": "",
    "extracted": "1",
    "found": "answer_tag",
}


def response(**changed: Any) -> Rollout:
    return Rollout(**(FIELDS | changed))


@st.composite
def groups(draw: st.DrawFn) -> list[Rollout]:
    """Up to a dozen responses with scores of all kinds."""
    made = []
    for sample in range(draw(st.integers(0, 12))):
        score = draw(st.sampled_from([1.0, 1.0, 0.0, 0.0, 0.4, None]))
        words = draw(st.lists(st.sampled_from(["so", "then", "x", "12", "="]), max_size=6))
        answer = TASK.answer if score == 1.0 else draw(st.sampled_from(["1", TASK.answer + "0", "no idea", ""]))
        made.append(
            response(
                sample=sample,
                text=f"{' '.join(words)} <answer>{answer}</answer>",
                extracted=answer or None,
                completion_tokens=draw(st.integers(1, 40)),
                finish=draw(st.sampled_from(["stop", "stop", "length"])),
                score=score,
                reason="correct" if score == 1.0 else "wrong",
            )
        )
    return made

"""A completion and its verdict as the `Rollout` that is stored."""

from typing import Any

from pipeline.engines.protocol import Completion, Engine
from schemas import Rollout, Verdict


def judged_rollout(
    task_id: str,
    completion: Completion,
    verdict: Verdict,
    engine: Engine,
    settings: dict[str, Any],
    *,
    seed: int,
    prompt_tokens: int,
    revision: str | None = None,
) -> Rollout:
    """`settings` are those of the sampling with its `prefill`, which belongs to the text that was judged.

    `prompt_tokens` were sent; a server that gives no token ids has counted its own. `revision` names the weights
    where they have changed since the engine was opened.
    """
    counted = completion.prompt_tokens is not None
    return Rollout(
        task_id=task_id,
        sample=completion.sample,
        model=engine.model,
        revision=revision or engine.revision,
        engine=engine.kind,
        sampling=settings,
        seed=seed,
        text=settings["prefill"] + completion.text,
        prompt_tokens=(completion.prompt_tokens or 0) if counted else prompt_tokens,
        completion_tokens=(completion.completion_tokens or 0) if counted else len(completion.token_ids),
        token_ids=completion.token_ids,
        logprobs=completion.logprobs,
        mean_logprob=sum(completion.logprobs) / max(1, len(completion.logprobs)),
        finish=completion.finish,
        score=verdict.score,
        reason=verdict.reason,
        detail=verdict.detail,
        extracted=verdict.extracted,
        found=verdict.found,
    )

"""Rollouts as a person reads them: which of a step to show, and what is said of them."""

from collections.abc import Sequence

from pipeline.report.shown import harmless
from schemas import Rollout, Task


def picked(rollouts: Sequence[Rollout]) -> dict[str, Rollout]:
    """The best, the median and the worst of those that were judged, each once; none where nothing was judged."""
    judged = sorted((each for each in rollouts if each.score is not None), key=lambda each: each.score or 0.0)
    places = {"best": len(judged) - 1, "median": len(judged) // 2, "worst": 0}
    shown = {place: name for name, place in reversed(places.items())} if judged else {}
    return {shown[place]: judged[place] for place in sorted(shown, reverse=True)}


def sample_text(rollout: Rollout, task: Task | None) -> str:
    """A rollout under its prompt, in plain lines."""
    parts = [sample_line(rollout)]
    if task is not None:
        parts += [f"prompt\n{asked(task)}", f"right answer\n{task.answer}"]
    return harmless("\n\n".join([*parts, f"completion\n{rollout.text}"]))


def sample_line(rollout: Rollout) -> str:
    """What the verifier said of it, in one line."""
    score = "undecided" if rollout.score is None else f"score {rollout.score:.2f}"
    reason = f"{rollout.reason}: {rollout.detail}" if rollout.detail else rollout.reason
    cut = ", cut off" if rollout.finish == "length" else ""
    hint = f" · told {rollout.sampling['hint']:.0%} of a solution" if rollout.sampling.get("hint") else ""
    return harmless(f"{score} · {reason} · {rollout.completion_tokens} tokens{cut}{hint}")


def asked(task: Task) -> str:
    """The question itself; of solved ones before it only how many there are."""
    solved = sum(message.role == "assistant" for message in task.prompt)
    return (f"({solved} solved example{'s' * (solved > 1)})\n\n" if solved else "") + task.prompt[-1].content

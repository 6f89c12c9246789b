"""Rollouts as a person reads them: which of a step to show, and their words, made harmless for a terminal."""

from collections.abc import Sequence

from schemas import Rollout, Task

LONGEST = 4000
"""Characters of one text that are shown."""


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


def harmless(text: str) -> str:
    """The text without what would steer a terminal or turn its letters round, cut in the middle where it is long.

    >>> harmless("a\\x1b[2Jb")
    'a␛[2Jb'
    """
    if len(text) > LONGEST:
        half = LONGEST // 2
        text = f"{text[:half]}\n… {len(text) - 2 * half:,} characters …\n{text[-half:]}"
    return text.translate(_HARMLESS)


_TURNING = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C]
_HARMLESS = (
    {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"}
    | {0x7F: 0x2421}
    | dict.fromkeys([*range(0x80, 0xA0), *_TURNING], 0xFFFD)
)

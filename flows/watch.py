"""A training as it goes, on stderr: a table that lives on a terminal, a plain line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean

import msgspec
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from flows.artifacts import progress
from trainer.config import TrainConfig
from trainer.doctor import Finding
from trainer.evaluate import Evaluation
from trainer.metrics import StepMetrics
from trainer.record import checkpoints, read_evaluations, read_findings, read_metrics

RECENT = 10
"""Steps of which the speed is told and the time to go is guessed."""

BARS = "▁▂▃▄▅▆▇█"
_WIDTH = 32


class View(msgspec.Struct, kw_only=True):
    """What there is to see of a run.

    `ends` are the seconds of a clock at which the last steps that this process did have ended; `now` is of the same.
    """

    output: str
    total: int
    steps: list[StepMetrics]
    evaluations: list[Evaluation]
    findings: list[Finding]
    ends: list[float]
    now: float

    @property
    def to_go(self) -> float | None:
        """Seconds that are left at the pace of the last steps, None before the second."""
        if len(self.ends) < 2:
            return None
        last = self.ends[-RECENT - 1 :]
        pace = (last[-1] - last[0]) / (len(last) - 1)
        return max(0.0, pace * (self.total - len(self.steps)) - (self.now - last[-1]))


@contextmanager
def watching(config: TrainConfig) -> Iterator[Callable[[StepMetrics], None]]:
    """Gives a function that is told of each step, and shows what the record of the run tells."""
    console = Console(stderr=True)
    with _table(config, console) if console.is_terminal else _lines(config) as on_step:
        yield on_step


@contextmanager
def _table(config: TrainConfig, console: Console) -> Iterator[Callable[[StepMetrics], None]]:
    view = _begun(config)

    def shown() -> RenderableType:
        view.now = time.monotonic()
        return live_table(view)

    def on_step(metrics: StepMetrics) -> None:
        _follow(view, metrics, Path(config.output))

    with Live(get_renderable=shown, console=console, refresh_per_second=2):
        yield on_step


@contextmanager
def _lines(config: TrainConfig) -> Iterator[Callable[[StepMetrics], None]]:
    view = _begun(config)
    with progress("train", config.steps, "steps") as advance:
        advance(min(len(view.steps), config.steps), "")

        def on_step(metrics: StepMetrics) -> None:
            _follow(view, metrics, Path(config.output))
            advance(1, plain_note(view))

        yield on_step


def _begun(config: TrainConfig) -> View:
    """What was there at the last checkpoint: the steps after it will be done again."""
    output = Path(config.output)
    done = max((int(path.name.removeprefix("step-")) for path in checkpoints(output)), default=-1)
    return View(
        output=config.output,
        total=config.steps,
        steps=[each for each in read_metrics(output) if each.step <= done],
        evaluations=[each for each in read_evaluations(output) if each.step <= done],
        findings=[each for each in read_findings(output) if each.step <= done],
        ends=[],
        now=time.monotonic(),
    )


def _follow(view: View, metrics: StepMetrics, output: Path) -> None:
    view.steps = [*(step for step in view.steps if step.step < metrics.step), metrics]
    view.evaluations, view.findings = read_evaluations(output), read_findings(output)
    view.ends = [*view.ends, time.monotonic()][-RECENT - 1 :]


def plain_note(view: View) -> str:
    """The last step in a few words."""
    step = view.steps[-1]
    parts = [f"reward {_number(step.reward_mean)}", f"{step.zero_variance:.0%} of groups all alike"]
    parts += [f"{each.split} {_number(each.accuracy)} at step {each.step}" for each in _latest(view.evaluations)]
    parts += [f"doctor: {each.rule} at step {each.step}" for each in view.findings[-1:]]
    return ", ".join(parts)


def live_table(view: View) -> RenderableType:
    """The whole picture, for a terminal of 80 columns or more."""
    done = view.steps[-1].step if view.steps else 0
    head = Table.grid(expand=True)
    head.add_column(no_wrap=True, ratio=1, overflow="ellipsis")
    head.add_column(justify="right", no_wrap=True)
    left = "" if view.to_go is None else f", {_time(view.to_go)} to go"
    head.add_row(f"[bold]{escape(view.output)}[/]", f"step [bold]{done:,}[/] of {view.total:,}{left}")
    body = Table.grid(padding=(0, 2, 0, 0))
    body.add_column(style="dim", no_wrap=True)
    body.add_column(justify="right", no_wrap=True)
    body.add_column(no_wrap=True)
    body.add_column()
    for name, value, trend, note in _rows(view):
        body.add_row(name, f"[bold]{value}[/]", Text(trend, style="cyan"), note)
    bar = Table.grid(expand=True)  # which ends its line
    bar.add_row(ProgressBar(total=view.total, completed=done))
    parts: list[RenderableType] = [head, bar, body]
    if view.findings:
        last = view.findings[-1]
        more = f" (and {len(view.findings) - 1} before)" if len(view.findings) > 1 else ""
        said = f"doctor, step {last.step}: {last.rule}{more}: {last.sentence}"
        parts.append(Text(said, style="red" if last.severity == "stop" else "yellow"))
    return Group(*parts)


def _rows(view: View) -> Iterator[tuple[str, str, str, str]]:
    """Name, last value, trend and a note, each."""
    steps, rewards = view.steps, [step.reward_mean for step in view.steps]
    known = [reward for reward in rewards if reward is not None]
    yield "reward", _number(known[-1] if known else None), sparkline(rewards), _from_to(known)
    for last in _latest(view.evaluations):
        own = [each.accuracy for each in view.evaluations if each.split == last.split]
        interval = "" if last.low is None or last.high is None else f"{last.low:.2f}–{last.high:.2f} "
        yield last.split, _number(last.accuracy), sparkline(own), f"{interval}at step {last.step}"
    if not steps:
        return
    now = steps[-1]
    alike, entropies = [step.zero_variance for step in steps], [step.entropy for step in steps]
    yield "all alike", f"{now.zero_variance:.0%}", sparkline(alike), "of groups: no lesson in them"
    yield "entropy", _number(now.entropy), sparkline(entropies), "nats a token"
    lengths = [step.completion_tokens / max(1, step.completions) for step in steps]
    yield "length", f"{lengths[-1]:.1f}", sparkline(lengths), f"tokens; {now.truncated:.0%} cut off"
    if now.kl is not None:
        yield "KL", _number(now.kl), sparkline([step.kl for step in steps]), "nats a token from the beginning"
    last_steps = steps[-RECENT:]
    spent = {
        "generation": sum(step.generation_seconds for step in last_steps),
        "reward": sum(step.reward_seconds for step in last_steps),
        "update": sum(step.update_seconds for step in last_steps),
    }
    if total := sum(spent.values()):
        speed = sum(step.completion_tokens for step in last_steps) / total
        shares = ", ".join(f"{name} {seconds / total:.0%}" for name, seconds in spent.items())
        yield "speed", f"{speed:,.0f}", "", f"tokens a CPU-second: {shares}"


def sparkline(values: Sequence[float | None]) -> str:
    """The course of a number in at most 32 bars, from its lowest to its highest; what is unknown is left out.

    >>> sparkline([0, 0.5, None, 1])
    '▁▅█'
    """
    known = [value for value in values if value is not None]
    size = -(-len(known) // _WIDTH)
    means = [fmean(known[start : start + size]) for start in range(0, len(known), size)] if known else []
    low, high = min(means, default=0.0), max(means, default=0.0)
    if high <= low:
        return BARS[0] * len(means)
    return "".join(BARS[min(len(BARS) - 1, int(len(BARS) * (mean - low) / (high - low)))] for mean in means)


def _latest(evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """The last evaluation of each split."""
    return list({each.split: each for each in evaluations}.values())


def _from_to(known: Sequence[float]) -> str:
    if len(known) < 2:
        return ""
    tenth = max(1, len(known) // 10)
    return f"{fmean(known[:tenth]):.3f} → {fmean(known[-tenth:]):.3f}"


def _time(seconds: float) -> str:
    minutes, left = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{left:02d}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"

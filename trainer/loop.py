"""The training loop: sample, judge, update, write down; again."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path

import torch

from generators.judging import Judge, Verifiers, judge_here
from pipeline.engines.protocol import Engine, EngineError
from schemas import Rollout, Task
from schemas.failure import Failure
from trainer.config import TrainConfig
from trainer.curriculum import open_curriculum
from trainer.doctor import examine, held_before
from trainer.evaluate import evaluation_of, held_out_rollouts
from trainer.gathering import gathered
from trainer.learner import open_learner, open_reference, prompt_states
from trainer.memory import Memory, memory_of
from trainer.metrics import Sampled, Seconds, StepMetrics, in_all, sampled_metrics, step_metrics
from trainer.optimizer import open_optimizer
from trainer.passrates import PassRates
from trainer.processes import Processes, joined
from trainer.reading import with_readings
from trainer.record import (
    append,
    begin,
    checkpoints,
    read_evaluations,
    read_metrics,
    write_evaluated,
    write_rollouts,
)
from trainer.rewards.compose import Occasion, rewarded
from trainer.rewards.rubric import OwnRubrics, opened_rubrics
from trainer.rollout import Group, judged_group, rollout_seeds, sample
from trainer.sampler import Sampler, opened_sampler
from trainer.sharding import refuse_what_is_not_sharded, sharded, whole
from trainer.state import Progress, read_progress, restore_optimizer, save, settings_of
from trainer.summary import Summary, summary_of
from trainer.tasks import measured_in, read_splits, read_tasks, refuse_shared_problems, refuse_unknown_domains
from trainer.update import learning_rate, update
from trainer.verdicts import verdicts_on
from trainer.watching.follower import following


class TrainingStopped(Failure, RuntimeError):  # noqa: N818 - a decision, not a mistake in the code
    """Going on would be waste; the message says why and what to do. The last checkpoint stands."""


def train(
    config: TrainConfig,
    on_step: Callable[[StepMetrics], None] | None = None,
    on_start: Callable[[Memory], None] | None = None,
) -> Summary:
    """Trains, or goes on where the output folder's last checkpoint stands; `on_step` hears of every step, `on_start` of
    the memory that they should take.

    Under torchrun all processes train together, and the first one tells. Raises TaskError, CheckpointError,
    ModelError, ProcessError, TrainingStopped: each says what to do.
    """
    with (
        joined() as processes,
        _threads(config.threads),
        _judge(config) as judge,
        opened_rubrics(config.reward.rubric) as rubrics,
    ):
        run = _Run(config, judge, rubrics, processes)
        if on_start is not None and processes.first:
            on_start(memory_of(run.learner, run.reference, config, list(run.tasks.values()), processes.count))
        with opened_sampler(run.learner, config) as run.sampler, following(config, run.tasks) as follow:
            try:
                for metrics in run.steps():
                    follow()
                    if on_step is not None and processes.first:
                        on_step(metrics)
            except TrainingStopped:
                follow()
                raise
        return summary_of(Path(config.output))


class _Run:
    """The parts of a run that change: the learner, the curriculum, what is believed of the tasks, and the progress."""

    sampler: Sampler

    def __init__(self, config: TrainConfig, judge: Judge, rubrics: OwnRubrics, processes: Processes) -> None:
        self.config, self.judge, self.rubrics, self.processes = config, judge, rubrics, processes
        self.output = Path(config.output)
        tasks = read_tasks(config.shards)
        self.held_out = read_splits(config.evaluation)
        refuse_shared_problems(tasks, [task for own in self.held_out.values() for task in own])
        refuse_unknown_domains(tasks, config.quotas)
        self.tasks = {task.id: task for task in tasks}

        last = next(reversed(checkpoints(self.output)), None)
        settings = settings_of(config, tasks, rubrics)
        processes.agreed([last and last.name, settings], "the output folder, the config, the tasks or their rubrics")
        if last is None:
            self.learner = open_learner(config, in_shards=processes.joined)
            self.progress = Progress(settings=settings, base_revision=self.learner.revision)
        else:
            self.progress = read_progress(last, settings)
            self.learner = open_learner(config, last, self.progress.base_revision, processes.joined)
        self.reference = (
            open_reference(config, self.learner, self.progress.base_revision, processes.joined)
            if config.loss.kl
            else None
        )
        if processes.joined:
            refuse_what_is_not_sharded(config)
            for model in (self.learner.model, self.reference):
                if isinstance(model, torch.nn.Module):
                    sharded(model, config.precision)
        self.rates = PassRates(tasks, measured_in(config.shards))
        self.curriculum = open_curriculum(
            config.order, config.quotas, tasks, self.rates, self._prompt_states, config.seed
        )
        self.optimizer = open_optimizer(self.learner, config)
        if last is not None:
            restore_optimizer(last, self.optimizer)
            self.curriculum.restore(self.progress.curriculum)
            self.rates.restore(self.progress.rates)
        self._write(begin, config, self.progress.step if last else -1)
        self.history = read_metrics(self.output)

    def steps(self) -> Iterator[StepMetrics]:
        """Every step that is left, done and written down before it is yielded."""
        if self.progress.step == 0:
            self._evaluate()
        for step in range(self.progress.step + 1, self.config.steps + 1):
            metrics = self._step(step)
            self.progress.step = step
            self._write(append, metrics)
            self.history.append(metrics)
            if self.config.evaluation and (step % self.config.evaluation.every == 0 or step == self.config.steps):
                self._evaluate()
            self._consult()
            if step % self.config.save_every == 0 or step == self.config.steps:
                self.progress.curriculum, self.progress.rates = self.curriculum.state(), self.rates.state()
                save(self.output, self.learner, self.optimizer, self.progress, self.processes)
            yield metrics

    def _step(self, step: int) -> StepMetrics:
        spent, sampled = Seconds(), None
        if not self.progress.waiting:
            with whole(self.learner.model):
                self.progress.waiting, sampled = self._sampled(step, spent)
        count = self.config.prompts_per_step
        groups, self.progress.waiting = self.progress.waiting[:count], self.progress.waiting[count:]
        with _timed(spent, "update"):
            done = update(self.learner.model, self.optimizer, groups, self.config, step, self.processes)
        rate, watched = learning_rate(self.config, step), self.curriculum.metrics()
        spent = in_all(self.processes.everywhere(lambda: spent))
        return step_metrics(step, groups, done, rate, spent, sampled, watched, self.config)

    def _sampled(self, step: int, spent: Seconds) -> tuple[list[Group], Sampled]:
        """The groups of this update and of the further ones that learn from the same sampling, ready to be learnt."""

        def draw(count: int) -> list[Task]:
            with _timed(spent, "generation"):
                return self.curriculum.next(count, step)

        ask, kept = partial(self._asked, step, spent), self.progress.successes
        got = gathered(step, draw, ask, self.curriculum, self.rates, kept, self.config)
        self.progress.successes = got.successes
        with _timed(spent, "reward"):
            occasion = Occasion(self._engine(), self._decode, self.config, step, self.rubrics)
            chosen = self.processes.shared(got.chosen, partial(rewarded, occasion=occasion))
        self.sampler.rest()
        self._write(write_rollouts, step, got.sampled)
        with _timed(spent, "update"), whole(self.reference):
            models = {"learner": self.learner.model, "reference": self.reference}
            read = self.processes.shared(chosen, partial(with_readings, **models, config=self.config))
        return read, sampled_metrics(got.sampled, got.taught, got.admitted)

    def _asked(
        self, step: int, spent: Seconds, tasks: Sequence[Task], counts: Sequence[int], first: int, hint: float
    ) -> list[Group]:
        """So many judged completions of each task; `first` groups were sampled before them in this step."""
        sampling, engine = self.config.sampling, self._engine()
        seeds = rollout_seeds(self.config.seed, step, tasks, counts, first, hint)

        def judged(part: Sequence[tuple[Task, list[int]]]) -> list[Group]:
            with _timed(spent, "generation"), _hinted(hint):
                sampled = sample(engine, [task for task, _ in part], [own for _, own in part], sampling)
            with _timed(spent, "reward"):
                verdicts = verdicts_on(sampled, sampling.prefill, self.judge)
            return [
                judged_group(group, own, engine, self._revision(), sampling, hint)
                for group, own in zip(sampled, verdicts, strict=True)
            ]

        self.processes.agreed(seeds, "what comes next")
        return self.processes.shared(list(zip(tasks, seeds, strict=True)), judged)

    def _prompt_states(self, tasks: Sequence[Task]) -> torch.Tensor:
        engine = self._engine()
        prompts = [engine.encode(task.prompt, self.config.sampling.prefill) for task in tasks]
        read = partial(prompt_states, self.learner.model, budget=self.config.micro_batch_tokens)
        return torch.stack(self.processes.shared(prompts, lambda part: list(read(part))))

    def _decode(self, token_ids: Sequence[int]) -> str:
        told: str = self.learner.tokenizer.decode(list(token_ids), clean_up_tokenization_spaces=False)
        return told

    def _evaluate(self) -> None:
        if self.config.evaluation is None:
            return
        step, count = self.progress.step, self.config.evaluation.samples
        with whole(self.learner.model):
            for split, tasks in self.held_out.items():
                answer = partial(self._answered, self._engine(), count)
                made = list(chain.from_iterable(self.processes.shared(tasks, answer)))
                self._write(write_evaluated, step, split, made)
                self._write(append, evaluation_of(step, split, tasks, made))
            self.sampler.rest()

    def _answered(self, engine: Engine, count: int, tasks: Sequence[Task]) -> list[list[Rollout]]:
        """So many judged samples of every held-out task."""
        sampling, seed = self.config.sampling, self.config.seed
        made = held_out_rollouts(engine, tasks, sampling, self.judge, seed, count, self._revision())
        return [made[first : first + count] for first in range(0, len(made), count)]

    def _write(self, how: Callable[..., object], *what: object) -> None:
        """In the output folder, by the first process; the others go on when it is there."""
        self.processes.by_first(lambda: how(self.output, *what))

    def _engine(self) -> Engine:
        return self.sampler.engine(self._revision())

    def _revision(self) -> str:
        """What the learner's weights of now are known by."""
        return f"{self.progress.base_revision}+step{self.progress.step}"

    def _consult(self) -> None:
        """Says what the doctor finds when it begins to hold. Raises TrainingStopped where going on is waste."""
        evaluations = read_evaluations(self.output)
        held = held_before(self.history, evaluations)
        for finding in examine(self.history, evaluations):
            if (finding.rule, finding.severity) not in held:
                self._write(append, finding)
            if finding.severity == "stop" and self.config.doctor == "stop":
                raise TrainingStopped(f"{finding.rule}: {finding.sentence}")


@contextmanager
def _hinted(share: float) -> Iterator[None]:
    """A failure under a hint may be one of its length: says so."""
    try:
        yield
    except EngineError as failure:
        if not share:
            raise
        raise EngineError(
            f"{failure} (these prompts have hints: a lower hints.characters makes them shorter)"
        ) from failure


@contextmanager
def _timed(spent: Seconds, part: str) -> Iterator[None]:
    start = time.process_time()
    yield
    setattr(spent, part, getattr(spent, part) + time.process_time() - start)


@contextmanager
def _judge(config: TrainConfig) -> Iterator[Judge]:
    if config.verifiers == 0:
        yield judge_here
        return
    with Verifiers(config.verifiers, config.verifier_seconds) as verifiers:
        yield verifiers.judge


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    """Torch's CPU threads for a while; None leaves them as they are."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)

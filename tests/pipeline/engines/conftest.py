"""The engines that can run here, all with the same model, beside that model itself."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch

from pipeline.engines import Engine, EngineError, open_engine
from pipeline.engines.contact import served_revision
from pipeline.engines.retry import Patience
from tests.pipeline.conftest import CHARACTERS

ROOT = Path(__file__).parents[3]
HAS_VLLM = find_spec("vllm") is not None
KINDS = ("transformers", "vllm", "server") if HAS_VLLM else ("transformers", "server")
CONTEXT = 128
END, TURN_END = 1, 2
"""The end token of the generation config, and one that only the tokenizer knows to be special, as chat models have."""
TEMPLATE = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"
EAGER = Patience(attempts=3, timeout=60.0, first_wait=0.05)
SERVER_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "OMP_NUM_THREADS": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_SERVER_DEV_MODE": "1",
}


@dataclass(frozen=True)
class Subject:
    """An engine under test, how to open another like it, and what its kind promises."""

    engine: Engine
    another: Callable[[], Engine]
    tolerance: float
    """How far its log-probabilities may be from those of a plain forward pass."""
    keeps_to_seeds: bool
    """Whether a sample depends on nothing but its request and its seed."""
    scaled_logprobs: bool
    """Whether it gives log-probabilities at temperatures other than 0 and 1."""


PROMISES: dict[str, tuple[float, bool, bool]] = {
    "transformers": (1e-4, True, True),
    "vllm": (1e-3, True, True),
    "server": (1e-3, not HAS_VLLM, False),
}
"""Of each kind: tolerance, keeps to seeds, scaled log-probabilities."""


@dataclass(frozen=True)
class Reference:
    """The model and its tokenizer, asked without any engine."""

    model: Any
    tokenizer: Any

    def logits(self, prompt: tuple[int, ...], continuation: tuple[int, ...] = ()) -> torch.Tensor:
        """Of each token of the continuation and the one behind it (T + 1, V), by one pass over one unpadded text."""
        with torch.no_grad():
            logits: torch.Tensor = self.model(input_ids=torch.tensor([[*prompt, *continuation]])).logits
        return logits[0, len(prompt) - 1 :].double()

    def logprobs(self, prompt: tuple[int, ...], continuation: tuple[int, ...], temperature: float = 1.0) -> list[float]:
        scores = (self.logits(prompt, continuation)[:-1] / temperature).log_softmax(-1)
        return [float(row[token]) for row, token in zip(scores, continuation, strict=True)]

    def greedy(self, prompt: tuple[int, ...], most: int) -> tuple[int, ...]:
        """The likeliest tokens up to an end token, by a whole forward pass for each."""
        told: tuple[int, ...] = ()
        while len(told) < most and not {END, TURN_END} & set(told):
            told += (int(self.logits(prompt, told)[-1].argmax()),)
        return told

    def text(self, token_ids: tuple[int, ...]) -> str:
        return str(self.tokenizer.decode(list(token_ids), skip_special_tokens=False))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Llama that speaks in characters and chats, small enough to be asked thousands of times."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    signs = ["<pad>", "<end>", "<|im_end|>", *CHARACTERS]
    inner = Tokenizer(models.WordLevel({sign: place for place, sign in enumerate(signs)}, "<pad>"))
    inner.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    inner.decoder = decoders.Fuse()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, pad_token="<pad>", eos_token="<end>", additional_special_tokens=["<|im_end|>"]
    )
    tokenizer.chat_template = TEMPLATE
    config = LlamaConfig(
        vocab_size=len(signs),
        hidden_size=64,  # heads of 32, the narrowest that vLLM computes on a CPU
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=CONTEXT,
        initializer_range=0.25,
        bos_token_id=None,
        eos_token_id=END,
        pad_token_id=END,
    )
    with torch.random.fork_rng():
        torch.manual_seed(5)
        model = LlamaForCausalLM(config).eval()
    path = tmp_path_factory.mktemp("model")
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


@pytest.fixture(scope="session")
def reference(folder: Path) -> Reference:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    return Reference(AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder))


@pytest.fixture(scope="session", params=KINDS)
def subject(
    request: pytest.FixtureRequest, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Subject]:
    with ExitStack() as stack:
        if request.param == "transformers":
            another = partial(open_engine, "transformers", str(folder), device="cpu", rows=24)
        elif request.param == "vllm":
            another = partial(open_engine, "vllm", str(folder))
        else:
            url = stack.enter_context(served(folder, tmp_path_factory.mktemp("server") / "log"))
            another = partial(open_engine, "server", str(folder), url=url, tokenizer=str(folder), patience=EAGER)
        engine = stack.enter_context(closing(another()))
        yield Subject(engine, another, *PROMISES[request.param])


@contextmanager
def served(folder: Path, log: Path) -> Iterator[str]:
    """The URL of a server with that model, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    if HAS_VLLM:
        command = ["vllm.entrypoints.openai.api_server", "--model", str(folder), "--port", str(port)]
        command += ["--host", "127.0.0.1", "--dtype", "float32", "--enforce-eager"]
    else:  # one of ours, which answers as vLLM does
        command = ["tests.pipeline.openai_server", str(folder), str(port)]
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env={**os.environ, **SERVER_ENVIRONMENT},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}/v1"
        wait_for(server, str(folder), url, log)
        yield url
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=60)


def wait_for(server: "subprocess.Popen[bytes]", model: str, url: str, log: Path) -> None:
    """Until the server says that it has the model."""
    for _ in range(100):
        assert server.poll() is None, log.read_text()[-4000:]
        try:
            served_revision(model, url)
        except EngineError:
            continue
        return
    raise AssertionError(log.read_text()[-4000:])

"""The server engine against a real vLLM server, behind the faulty proxy too."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.engines import Completion, Engine, Request, Sampling
from pipeline.engines.retry import Patience
from pipeline.engines.server import ServerEngine
from pipeline.engines.transformers import TransformersEngine
from pipeline.models import resolve
from schemas import Message
from tests.pipeline.faulty_proxy import FaultyProxy

QUESTIONS = ("What is 2+2?", "Name a colour.", "Write a haiku about rain.", "Sort: b, a, c", "Say yes.", "Why?")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    own = {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1", "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", resolve("smollm2-135m").path]
    command += ["--served-model-name", "smollm2-135m", "--dtype", "float32", "--enforce-eager"]
    command += ["--max-model-len", "512", "--host", "127.0.0.1", "--port", str(port)]
    log = tmp_path_factory.mktemp("vllm") / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(command, env={**os.environ, **own}, stdout=output, stderr=output, cwd=log.parent)
    try:
        wait_for(port, server, log)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=60)


def wait_for(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    patience = Patience(attempts=3, first_wait=5.0)
    for _ in range(30):
        assert server.poll() is None, log.read_text()[-4000:]
        try:
            ServerEngine.load("smollm2-135m", url=f"http://127.0.0.1:{port}", patience=patience).close()
        except ValueError:
            continue
        return
    raise AssertionError(log.read_text()[-4000:])


def asked(engine: Engine) -> list[Request]:
    return [
        Request(
            id=str(number),
            prompt_ids=engine.encode([Message("user", question)], prefill="Well"),
            seeds=(2 * number, 2 * number + 1),
        )
        for number, question in enumerate(QUESTIONS)
    ]


def answers(engine: Engine, sampling: Sampling) -> dict[tuple[str, int], Completion]:
    return {(one.request_id, one.sample): one for one in engine.generate(asked(engine), sampling)}


def test_vllm_says_what_our_own_engine_says_even_behind_a_faulty_proxy(port: int) -> None:
    ours = TransformersEngine.load("smollm2-135m", device="cpu")
    proxy = FaultyProxy(port, 3, share=0.3, faults=("drop before", "drop after", "500", "429", "half", "no JSON"))
    served = ServerEngine.load(
        "smollm2-135m",
        url=proxy.url,
        tokenizer="smollm2-135m",
        concurrency=6,
        patience=Patience(attempts=6, timeout=120.0, first_wait=0.05),
    )
    try:
        for sampling in (Sampling(temperature=0, max_tokens=40), Sampling(temperature=0, max_tokens=40, stop=(".",))):
            theirs, expected = answers(served, sampling), answers(ours, sampling)
            assert theirs.keys() == expected.keys()
            same = [key for key, one in theirs.items() if one.token_ids == expected[key].token_ids]
            assert len(same) >= 0.9 * len(expected), "greedy sampling differs only where two tokens are as likely"
            for key in same:
                assert (theirs[key].text, theirs[key].finish) == (expected[key].text, expected[key].finish)
                assert theirs[key].logprobs == pytest.approx(expected[key].logprobs, abs=1e-3)
        assert {one.finish for one in theirs.values()} >= {"stop"}

        warm = Sampling(temperature=1.0, max_tokens=24)
        drawn = answers(served, warm)
        assert len({one.token_ids for one in drawn.values()}) > len(QUESTIONS)
        prompts = [served.encode([Message("user", QUESTIONS[int(number)])], prefill="Well") for number, _ in drawn]
        continuations = [one.token_ids for one in drawn.values()]
        for by_vllm, by_ours, one in zip(
            served.score(prompts, continuations), ours.score(prompts, continuations), drawn.values(), strict=True
        ):
            assert by_vllm == pytest.approx(by_ours, abs=1e-3)
            assert one.logprobs == pytest.approx(by_ours, abs=1e-3)
        assert proxy.faults
    finally:
        served.close()
        proxy.close()

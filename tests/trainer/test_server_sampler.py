"""Training that samples at a server: it serves every step's weights, or nothing is learnt from it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pipeline.engines.protocol import EngineError
from pipeline.store import read_shards
from schemas import Rollout
from tests.trainer.conftest import grain
from tests.trainer.test_resume import fingerprint
from trainer import tiny
from trainer.config import TrainConfig
from trainer.loop import train
from trainer.record import read_metrics

ARun = Callable[..., TrainConfig]
pytestmark = pytest.mark.usefixtures("share_of_digits")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a server with other weights than a run begins with."""
    folder = tmp_path_factory.mktemp("served")
    grain(seed=3).float().save_pretrained(folder)
    tiny.tokenizer().save_pretrained(folder)
    command = [sys.executable, "-m", "tests.pipeline.openai_server", str(folder)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        server.terminate()


def at(address: str, folder: Path, **changed: Any) -> dict[str, Any]:
    """A run at the server, which is given its weights in the folder."""
    server = {"url": f"{address}/v1", "name": "served", "folder": str(folder / "weights"), "timeout": 30.0}
    return {"server": server | changed, "loss": {"mismatch": "token_truncate"}, "steps": 3}


def test_the_server_samples_from_the_weights_of_every_step(a_run: ARun, address: str, tmp_path: Path) -> None:
    config = a_run("run", **at(address, tmp_path))
    summary = train(config)
    steps = read_metrics(Path(config.output))
    assert [step.outcome for step in steps] == ["updated"] * 3
    assert all(step.sampler_gap_max is not None and step.sampler_gap_max < 1e-3 for step in steps)
    rollouts = list(read_shards(str(Path(config.output) / "rollouts"), Rollout))
    assert {rollout.engine for rollout in rollouts} == {"server"}
    assert {rollout.revision.rpartition("+")[2] for rollout in rollouts} == {"step0", "step1", "step2"}
    assert len(rollouts) == summary.completions
    assert all(len(rollout.logprobs) == len(rollout.token_ids) > 0 for rollout in rollouts)
    assert list((tmp_path / "weights").iterdir()) == []


def test_stopping_changes_nothing(a_run: ARun, address: str, tmp_path: Path) -> None:
    shape = at(address, tmp_path) | {"updates_per_rollout": 2, "evaluation": None}
    train(a_run("straight", **shape))
    train(a_run("stopped", **shape | {"steps": 1}))
    train(a_run("stopped", **shape))
    straight, stopped = (fingerprint(Path(a_run(name).output)) for name in ("straight", "stopped"))
    assert straight == stopped


def test_a_server_that_keeps_its_old_weights_is_refused(a_run: ARun, address: str, tmp_path: Path) -> None:
    config = a_run("run", **at(f"{address}/stale", tmp_path))
    with pytest.raises(EngineError, match=r"\+step0 and does not serve them: log-probabilities are .* tied"):
        train(config)
    assert not list((Path(config.output) / "rollouts").glob("*"))
    assert list((tmp_path / "weights").iterdir()) == []


def test_a_server_that_takes_no_weights_is_refused_with_what_to_do(a_run: ARun, address: str, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"404 .*VLLM_SERVER_DEV_MODE=1 and reads server\.folder"):
        train(a_run("run", **at(f"{address}/plain", tmp_path)))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"vllm": {}}, "from one of them"),
        ({"sampling": {"temperature": 0.7}}, "at temperature 1 alone"),
        ({"server": {"url": "http://me:key@there/v1", "folder": "f"}}, "without a key"),
        ({"server": {"url": "http://there/v1", "folder": "f", "key_env": "sk-12345"}}, "key_env"),
    ],
)
def test_what_does_not_fit_is_refused(a_run: ARun, tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        a_run("run", **at("http://127.0.0.1:1", tmp_path) | changed)

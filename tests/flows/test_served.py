"""What can be served and deployed: every flow takes the parameters that it is given."""

from pathlib import Path

import pytest
import yaml
from prefect.flows import load_flow_from_entrypoint

from flows.serve.served import Asked, served
from pipeline.config import ConfigError

ROOT = Path(__file__).parents[2]
DEPLOYMENTS = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]


@pytest.mark.parametrize("flow", ["run", "generate", "rounds", "train"])
def test_a_served_flow_takes_its_parameters(flow: str) -> None:
    found = served(Asked(ROOT / "configs" / ("rounds.yaml" if flow == "rounds" else "graded.yaml"), [], flow))
    assert found.flow.validate_parameters(found.parameters)
    assert ("rounds" in found.flow.name) == (flow == "rounds")


def test_a_loop_is_asked_for_with_a_config_of_rounds_and_by_a_name_that_there_is() -> None:
    with pytest.raises(ConfigError, match="give model and train"):
        served(Asked(ROOT / "configs" / "tasks.yaml", [], "rounds"))
    with pytest.raises(ConfigError, match="choose run, generate, rounds, dedup"):
        served(Asked(ROOT / "configs" / "tasks.yaml", [], "rounnds"))


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda deployment: str(deployment["name"]))
def test_a_deployed_flow_takes_its_parameters(deployment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    # Of a file Prefect would put the folder on the path, where `flows/dedup.py` stands before the room `dedup`.
    assert ".py:" not in deployment["entrypoint"]
    assert load_flow_from_entrypoint(deployment["entrypoint"]).validate_parameters(deployment["parameters"])

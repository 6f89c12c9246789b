"""Each flow alone, one after the other on a run's folder: the same bytes as the whole run, and what Prefect shows."""

import hashlib
import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from prefect.client.orchestration import get_client
from prefect.exceptions import ParameterTypeError
from prefect.flows import Flow
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows import artifacts
from flows.compare import compare_flow
from flows.config import RunConfig
from flows.curriculum import curriculum_flow
from flows.dedup import dedup_flow
from flows.evaluate import evaluate_flow
from flows.generate import generate_flow
from flows.pairs import pairs_flow
from flows.rollout import rollout_flow
from flows.rounds import rounds_flow
from flows.rubrics import rubrics_flow
from flows.run import run_flow
from flows.selection import select_flow
from flows.steps import steps_flow
from flows.train import train_flow, train_run_flow
from pipeline.config import ConfigError, checked
from pipeline.progress import Advance
from pipeline.store import StoreError
from trainer import tiny

FLOWS: list[Flow[..., Any]] = [
    run_flow,
    rounds_flow,
    generate_flow,
    dedup_flow,
    rollout_flow,
    compare_flow,
    select_flow,
    curriculum_flow,
    pairs_flow,
    steps_flow,
    rubrics_flow,
    train_flow,
    train_run_flow,
    evaluate_flow,
]


@pytest.fixture(scope="module")
def at_server(prefect_server: str) -> Iterator[None]:
    with temporary_settings({PREFECT_API_URL: prefect_server}):
        yield


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("each")
    signs = tiny.tokenizer()
    signs.save_pretrained(folder / "model")
    tiny.model(1, len(signs)).save_pretrained(folder / "model")
    return {
        "name": "Whole_Run",
        "seed": 3,
        "output": str(folder / "out"),
        "tasks": {
            "shard_size": 5,
            "sources": [{"family": "arithmetic.reversed_addition", "count": 8, "levels": [1], "styles": ["bare"]}],
        },
        "model": {"name": str(folder / "model"), "threads": 1},
        "sampling": {"max_tokens": 3},
        "difficulty": {"cap": 4, "prior": "jeffreys"},
        "curriculum": {"keep": ["too_hard", "in_band", "too_easy", "undecided"], "quality": {"longest": 3}},
        "train": {"steps": 1, "prompts_per_step": 2, "group_size": 2},
    }


@pytest.fixture(scope="module")
def whole(settings: dict[str, Any], at_server: None) -> Path:
    config = checked(settings, RunConfig)
    run_flow(config)
    return Path(config.url)


@pytest.fixture(scope="module")
def shown(whole: Path) -> dict[str, Any]:
    """The artifacts of the whole run by key, the newest of each."""
    with get_client(sync_client=True) as client:
        return {each.key: each for each in reversed(client.read_artifacts()) if each.key is not None}


def hashes(run: Path) -> dict[str, str]:
    """Of all shards and weights; the rollouts of a training name its folder as their model."""
    shards = {path.relative_to(run) for path in run.rglob("*.parquet")}
    weights = {path.relative_to(run) for path in run.rglob("*.safetensors")}
    made = {path for path in shards if path.parts[0] != "train"} | weights
    return {str(path): hashlib.sha256((run / path).read_bytes()).hexdigest() for path in made}


def test_flows_one_by_one_leave_the_bytes_of_the_whole_run_and_none_goes_before_its_turn(
    whole: Path, settings: dict[str, Any]
) -> None:
    config = checked({**settings, "name": "alone"}, RunConfig)
    with pytest.raises(StoreError, match=r"is not a run: it has no run\.json"):
        dedup_flow(config.url)
    generate_flow(config)
    for flow, too_early, command in [
        (dedup_flow, select_flow, "rollout"),
        (rollout_flow, curriculum_flow, "select"),
        (select_flow, train_run_flow, "curriculum"),
    ]:
        flow(config.url)
        with pytest.raises(StoreError, match=f"`taskmill {command} .*alone` makes"):
            too_early(config.url)
    curriculum_flow(config.url)
    train_run_flow(config.url)
    stages = {Path(name).parts[0] for name in hashes(whole)}
    assert {"tasks", "unique", "rollouts", "difficulty", "selected", "curriculum_train", "train"} <= stages
    assert hashes(Path(config.url)) == hashes(whole)


def test_rounds_that_aim_are_not_generated_alone(settings: dict[str, Any], at_server: None) -> None:
    config = checked({**settings, "name": "aimed", "aim": {"rounds": 2}}, RunConfig)
    with pytest.raises(ConfigError, match="by turns"):
        generate_flow(config)


def test_prefect_shows_the_funnel_the_report_a_link_and_how_far_each_part_is(
    whole: Path, shown: dict[str, Any]
) -> None:
    assert '"stop": "generated", "count": 8' in shown["whole-run-funnel"].data
    assert shown["whole-run-report"].data.startswith("# Whole_Run\n")
    assert shown["whole-run-page"].data == f"[report.html]({(whole / 'report.html').as_uri()})"
    for part in ("generate", "deduplicate", "roll-out", "select", "train"):
        assert shown[f"{part}-progress"].data == 100.0
    assert shown["roll-out-progress"].description.startswith("roll out: ")


def test_the_picture_that_prefect_shows_is_a_whole_svg(shown: dict[str, Any]) -> None:
    head, data = shown["whole-run-pass-rates"].data.split(",", 1)
    assert head == "data:image/svg+xml;base64"
    picture = ElementTree.fromstring(b64decode(data))
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert any("pass rates" in (part.text or "") for part in picture.iter())


def test_progress_is_told_to_the_server_now_and_then_and_not_at_each_step(
    at_server: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[float] = []
    monkeypatch.setattr(artifacts, "update_progress_artifact", lambda artifact, share, description: told.append(share))

    @Flow
    def busy() -> None:
        with artifacts.progress("busy", 1000, "steps") as advance:
            _many(advance)

    busy()
    assert told == [100.0]


def _many(advance: Advance) -> None:
    for _ in range(1000):
        advance(1, "")


def test_outside_of_a_flow_run_no_server_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        temporary_settings({PREFECT_API_URL: "http://127.0.0.1:1/api"}),
        artifacts.progress("alone", 3, "x") as advance,
    ):
        advance(3, "")
    artifacts.show_stages("alone", [])


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_every_flow_has_a_form_in_which_everything_is_explained(flow: Flow[..., Any]) -> None:
    assert re.fullmatch("taskmill-[a-z-]+", flow.name)
    schema = flow.parameters.model_dump()
    assert schema["properties"].keys() <= {"config", "run", "fresh"}
    for name, parameter in schema["properties"].items():
        assert parameter["description"], name
    for kind, section in schema["definitions"].items():
        assert section["description"], kind
        for name, field in section.get("properties", {}).items():
            assert "const" in field or field.get("description"), f"{kind}.{name} has no description"


@pytest.mark.parametrize(
    ("flow", "given", "message"),
    [
        (run_flow, {"config": {"nam": "a"}}, "nam: unknown key; did you mean name?"),
        (
            generate_flow,
            {"config": {"name": "a", "tasks": {"sources": [{"family": "grids.sudok", "count": 1}]}}},
            "no family is named 'grids.sudok'",
        ),
        (pairs_flow, {"run": "outputs/a", "config": {"pair": {}}}, "pair: unknown key; did you mean pairs?"),
        (evaluate_flow, {"config": {"shards": []}}, "model: is needed and not given"),
    ],
)
def test_bad_parameters_are_refused_in_the_words_of_the_config(
    flow: Flow[..., Any], given: dict[str, Any], message: str
) -> None:
    with pytest.raises(ParameterTypeError) as problem:
        flow.validate_parameters(given)
    assert message in str(problem.value)

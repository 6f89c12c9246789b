"""A config, an override or an address with a secret in it is refused at its place, and the secret is not repeated."""

from collections.abc import Callable
from pathlib import Path

import pytest
from prefect import Flow

from flows.config import RunConfig
from flows.started import at_prefect
from pipeline.config import ConfigError, load_config
from pipeline.store import StoreError, clear_run, load_run, open_run, read_shards
from trainer.config import TrainConfig

ROOT = Path(__file__).parents[2]
SECRET = "Zq7canary31415926"


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("output", f"s3://AKEY:{SECRET}@bucket/runs"),
        ("tasks.apart_from", f"[plain.parquet, 'https://host/x.parquet?sig={SECRET}']"),
        ("model.name", f"sk-{SECRET}"),
        ("model.url", f"http://me:{SECRET}@host/v1"),
        ("runner.address", f"tls://me:{SECRET}@host:8786"),
        ("sampling.prefill", f"'Authorization: Bearer {SECRET}'"),
    ],
)
def test_a_config_with_a_secret_is_refused_at_its_place(place: str, value: str) -> None:
    with pytest.raises(ConfigError, match=rf"{place}\S*: holds a password or a key.*key_env") as caught:
        load_config(ROOT / "configs/demo.yaml", RunConfig, [f"{place}={value}"])
    assert SECRET not in str(caught.value)


def test_the_line_of_the_secret_is_said(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(f"name: x\noutput: s3://AKEY:{SECRET}@bucket\ntasks: {{sources: []}}\n")
    with pytest.raises(ConfigError, match=r"c\.yaml:2: output: holds") as caught:
        load_config(tmp_path / "c.yaml", RunConfig)
    assert SECRET not in str(caught.value)


def test_the_value_of_a_secret_variable_is_refused_in_a_config(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVIDER_KEY", SECRET)
    with pytest.raises(ConfigError, match=r"model\.name: holds"):
        load_config(ROOT / "configs/demo.yaml", RunConfig, [f"model.name={SECRET}"])


@pytest.mark.parametrize(
    "override",
    [f"seed.key={SECRET}", f"train.sampler.server.key_env={SECRET}", f"tasks.sources.99.x={SECRET}", f"seed=[{SECRET}"],
)
def test_an_override_that_fits_nowhere_is_refused_without_its_value(override: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(ROOT / "configs/demo.yaml", RunConfig, [override])
    assert SECRET not in str(caught.value)


def test_a_key_in_place_of_the_name_of_its_variable_is_not_repeated() -> None:
    given = f"server={{url: http://host/v1, folder: there, key_env: {SECRET}}}"
    with pytest.raises(ConfigError, match="key_env") as caught:
        load_config(ROOT / "configs/tiny.yaml", TrainConfig, [given])
    assert SECRET not in str(caught.value)


def test_prefect_is_given_no_address_with_a_secret() -> None:
    called: list[str] = []
    flow = Flow(called.append, name="never-called")
    with pytest.raises(StoreError, match=r"\*\*\*@bucket.*without a password or a key"):
        at_prefect(flow)(f"s3://AKEY:{SECRET}@bucket/run")
    assert not called


@pytest.mark.parametrize(
    "use",
    [
        lambda url: open_run(url, config={}, seed=0),
        load_run,
        clear_run,
        lambda url: list(read_shards(url, dict)),  # type: ignore[type-var]
    ],
)
@pytest.mark.parametrize("url", [f"s3://AKEY:{SECRET}@bucket/run", f"https://me:{SECRET}@host/run"])
def test_an_address_with_a_secret_is_refused(use: Callable[[str], object], url: str) -> None:
    with pytest.raises(StoreError, match=r"\*\*\*@.*without a password or a key") as caught:
        use(url)
    assert SECRET not in str(caught.value)

"""What is installed is the tested set, whole, without versions known to break us, under licences one may build on."""

import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[1]
TOOLS = {"taskmill", "pip", "uv", "setuptools", "wheel"}
"""Ourselves, and what installs: in whatever version the machine has."""

OF_THE_DEVICE = ("nvidia-", "cuda-", "triton")
"""What PyTorch's CUDA build brings along, which names each of them itself."""

BROKEN = {
    "fastapi": (">=0.151", "Prefect's first flow fails (`Body() got an unexpected keyword argument`)"),
    "sqlalchemy": (">=2.1", "scheduled deployments never run"),
    "pysat": (">=0", "an unrelated package: the toolkit is python-sat"),
    "faiss-gpu-cu11": (">=0", "shares files with the other builds of faiss"),
}

FREE = re.compile(
    r"\b(apache|mit(-0|-cmu)?|[03]?bsd|isc|psf|python software foundation|mpl|mozilla|unlicense|zlib|hpnd|artistic|"
    r"cc0|0bsd|boost|historical)\b",
    re.IGNORECASE,
)


def installed() -> dict[str, metadata.Distribution]:
    own = [sysconfig.get_path(kind) for kind in ("purelib", "platlib")]  # setuptools adds copies of its own to the path
    return {_plain(each.name): each for each in metadata.distributions(path=own)}


def needed_by_users() -> Iterator[metadata.Distribution]:
    """What a plain installation brings: our dependencies, theirs, and so on, on this machine."""
    there, waiting, seen = installed(), ["taskmill"], set()
    while waiting:
        own = there[waiting.pop()]
        for text in own.requires or []:
            requirement = Requirement(text)
            name = _plain(requirement.name)
            wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            if wanted and name in there and name not in seen:
                seen.add(name)
                waiting.append(name)
                yield there[name]


def test_everything_installed_is_pinned_in_its_version() -> None:
    pins = dict(_pins("constraints.txt"))
    loose = {
        f"{name} {each.version}, pinned: {pins.get(name)}"
        for name, each in installed().items()
        if name not in TOOLS
        and not name.startswith(OF_THE_DEVICE)
        and Version(each.version).public != Version(pins.get(name, "0")).public
    }
    assert loose == set()


def test_no_two_packages_disagree() -> None:
    told = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout


@pytest.mark.parametrize("pins", ["constraints.txt", "constraints-vllm.txt"])
def test_no_version_that_is_known_to_break_us_is_pinned(pins: str) -> None:
    bad = [
        f"{name} {version}: {why}"
        for name, version in _pins(pins)
        if name in BROKEN and version in Requirement(f"{name}{BROKEN[name][0]}").specifier
        for why in BROKEN[name][1:]
    ]
    assert bad == []


def test_what_a_plain_installation_brings_is_free_to_build_on() -> None:
    licences = {each.name: _licence(each) for each in needed_by_users()}
    assert {"torch", "pyarrow", "prefect"} <= {_plain(name) for name in licences}
    assert {name: told for name, told in licences.items() if not FREE.search(told)} == {}


def _licence(package: metadata.Distribution) -> str:
    told = package.metadata
    return " ".join(
        [told.get("License-Expression", ""), told.get("License", "")]
        + [each for each in told.get_all("Classifier", []) if each.startswith("License")]
        + [
            (text.read_text() if isinstance(text := package.locate_file(file), Path) else "")[:400]
            for file in package.files or []
            if re.search(r"licen[sc]e|copying", file.name, re.IGNORECASE) and file.suffix not in {".py", ".pyc"}
        ]
    )


def _pins(name: str) -> Iterator[tuple[str, str]]:
    for line in (ROOT / name).read_text().splitlines():
        if "==" in line and not line.startswith("#"):
            package, version = line.split(";")[0].split("==")
            yield _plain(package.split("[")[0]), version.strip()


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()

"""What the suite of faults shares."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.faults import stages

_MEMORY = Path("/dev/shm")


@pytest.fixture(scope="session")
def quick_folder() -> Iterator[Path]:
    """A folder where syncing is quick: thousands of files are synced here."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture
def tmp_path(quick_folder: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=quick_folder))


@pytest.fixture(scope="module")
def calm(quick_folder: Path) -> Iterator[Path]:
    """A whole run that nothing disturbed; meanwhile Prefect is left out."""
    with pytest.MonkeyPatch.context() as patch:
        stages.without_prefect(patch.setattr)
        folder = Path(tempfile.mkdtemp(dir=quick_folder))
        stages.all_done(folder)
        yield folder

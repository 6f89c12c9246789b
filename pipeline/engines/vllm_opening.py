"""Where vLLM is: in this process where it can be imported, else in a worker process of an environment that has it."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from pipeline.engines.protocol import EngineError
from pipeline.engines.vllm_parts import Core, Opening

PYTHON_VARIABLE = "TASKMILL_VLLM_PYTHON"
"""Names the Python of an environment with vLLM and Taskmill, where there is no vLLM in this one."""

_BESIDE = Path(__file__).parents[2] / ".venv-vllm/bin/python"
"""What `make setup-vllm` makes."""

_SETTINGS = {
    # vLLM runs in the process that drives it: there is no other to lose, and its sampler is within reach.
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    # Its newer model runner samples by kernels of its own and asks no sampler of ours.
    "VLLM_USE_V2_MODEL_RUNNER": "0",
    # It reports to nobody, and says only what went wrong.
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_LOGGING_LEVEL": "ERROR",
}


def opened(opening: Opening) -> Core:
    """Raises EngineError where there is no vLLM, or it can't open the model."""
    if find_spec("vllm") is not None and not _is_taken():
        return opened_here(opening)
    from pipeline.engines.vllm_worker import WorkerCore

    return WorkerCore(_python_with_vllm(), opening)


def opened_here(opening: Opening) -> Core:
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    # Imported when wanted: it takes ten seconds, and reads these settings.
    from pipeline.engines.vllm_core import VllmCore

    core: Core = VllmCore(opening)
    return core


def _is_taken() -> bool:
    """Whether this process has its one vLLM engine already."""
    state = sys.modules.get("vllm.distributed.parallel_state")
    return state is not None and bool(state.model_parallel_is_initialized())


def _python_with_vllm() -> str:
    """This Python, else what TASKMILL_VLLM_PYTHON names, else that of `make setup-vllm`. EngineError without any."""
    if find_spec("vllm") is not None:
        return sys.executable
    if named := os.environ.get(PYTHON_VARIABLE):
        if not os.access(named, os.X_OK):
            raise EngineError(f"{PYTHON_VARIABLE} names {named}, which is no program")
        return named
    if _BESIDE.exists():
        return str(_BESIDE)
    raise EngineError(
        "there is no vLLM here. On a machine with a GPU install Taskmill with the extra gpu; on a CPU make an "
        f"environment for it with `make setup-vllm`, or name the Python of one that has it in {PYTHON_VARIABLE}"
    )

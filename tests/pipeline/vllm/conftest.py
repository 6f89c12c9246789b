"""Tests that need vLLM in their own process: `make test-vllm` runs them, and elsewhere they are not collected."""

from importlib.util import find_spec

from tests.pipeline.engines.conftest import folder

__all__ = ["folder"]

collect_ignore_glob = [] if find_spec("vllm") else ["test_*.py"]

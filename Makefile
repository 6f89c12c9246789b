.PHONY: setup setup-vllm demo test test-vllm lint

setup:
	@./setup.sh

setup-vllm:
	@./setup.sh vllm

demo: setup
	.venv/bin/taskmill run configs/demo.yaml

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

# Two processes, which share out the files, each with one thread for arithmetic.
test: lint
	OMP_NUM_THREADS=1 .venv/bin/pytest -n 2 --dist loadfile --durations=30

# What needs vLLM in the tests' own process; `make test` leaves it out.
test-vllm: setup-vllm
	.venv-vllm/bin/pytest tests/pipeline/vllm tests/pipeline/engines

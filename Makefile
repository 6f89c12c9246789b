.PHONY: setup demo test lint

setup:
	@./setup.sh

demo: setup
	.venv/bin/taskmill run configs/demo.yaml

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

test: lint
	.venv/bin/pytest

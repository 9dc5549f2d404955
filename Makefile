# Everything a newcomer or a machine needs; `make` alone lists it.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench docs clean

help: ## list what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[train,dev]'
	@touch $@

install: $(STAMP) ## make .venv with everything in it

demo: $(STAMP) ## the whole way on an embedded corpus: compose, train, measure, ship, classify
	$(BIN)/genrelab demo

test: $(STAMP) lint ## linters, types, import contracts and all tests
	$(BIN)/python -m pytest -n auto

lint: $(STAMP) ## ruff, mypy and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP) ## speed and memory as ratios, each pair in one process on the same files
	$(BIN)/python -m benchmarks

docs: $(STAMP) ## write the generated pages anew: docs/models.md, docs/cli.md, docs/results.md, README
	$(BIN)/python docs/generate.py

clean: ## remove the environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

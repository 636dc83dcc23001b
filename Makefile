# What developers and CI run; `make` alone lists it.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV ?= .venv
ARGS ?=
BIN := $(VENV)/bin
CORE := $(VENV)/.installed-core
FULL := $(VENV)/.installed-full
DEMO := .cache
# The environment has client 8.19, which both servers take; this one is laid over it for server 9.
CLIENT9 := $(VENV)/client9
UV_INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python

# Certificates of the system, as pip has them, beside uv's own.
export UV_SYSTEM_CERTS ?= true

.PHONY: help
help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: install
install: $(FULL) ## Make .venv with everything: development tools, torch, test data

.PHONY: install-core
install-core: $(CORE) ## Make .venv with the product alone, without torch

.PHONY: demo
demo: $(CORE) ## Index a small shop on SQLite and serve it on http://127.0.0.1:8000 until Ctrl-C
	@scripts/demo $(BIN)/hybrid-search $(DEMO) $(ARGS)

.PHONY: reference
reference: $(FULL) ## Write docs/reference from the code
	$(BIN)/python scripts/generate_reference

.PHONY: test
test: $(FULL) $(CLIENT9) ## Run all tests, on real servers; ARGS="-k name" goes to pytest
	@scripts/install_java $(BIN)/python
	@scripts/install_services $(BIN)/python
	PYTHONPATH=$(CLIENT9) $(BIN)/pytest tests/engines/test_elasticsearch_engine.py
	$(BIN)/pytest $(ARGS)

.PHONY: lint
lint: $(FULL) ## Check format, style, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/generate_reference --check

.PHONY: format
format: $(FULL) ## Format the code and repair what can be repaired
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: bench
bench: $(FULL) ## Measure speed against the raw engine; ARGS goes to the benchmarks
	$(BIN)/python -m benchmarks $(ARGS)

.PHONY: fuzz
fuzz: $(FULL) ## Fuzz the running service for FUZZ_SECONDS each way; ARGS="--seed 1" repeats
	$(BIN)/python -m fuzz $(ARGS)

.PHONY: clean
clean: ## Remove .venv, caches and built files
	rm -rf $(VENV) build dist *.egg-info .cache .mypy_cache .ruff_cache .pytest_cache \
		.hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/uv:
	scripts/create_environment $(VENV)

$(CLIENT9): setup.cfg pyproject.toml | $(BIN)/uv
	$(UV_INSTALL) --target $@ 'elasticsearch >=9, <10'
	@touch $@

$(CORE): setup.cfg pyproject.toml | $(BIN)/uv
	$(UV_INSTALL) --editable .
	@touch $@

$(FULL): setup.cfg pyproject.toml | $(BIN)/uv
	$(UV_INSTALL) --editable '.[dev,test,torch]'
	@touch $(CORE) $@

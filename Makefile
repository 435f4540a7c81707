# `make` alone lists what can be made.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help run test screenshots check bench bench-quick chaos lock format

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(INSTALLED): requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Laurel needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(INSTALLED)

run: $(INSTALLED) ## everything on this machine: servers, API, worker and demo data on http://127.0.0.1:8000
	@$(BIN)/laurel dev

test: $(INSTALLED) ## the whole test suite, on real servers and in a real browser
	@tests/get_chromium.sh
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal --ignore tests/acceptance
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile tests/acceptance

screenshots: $(INSTALLED) ## pictures of every state of the pages, in docs/img
	@tests/get_chromium.sh
	$(BIN)/python -m pytest tests/browser/screenshots.py

check: $(INSTALLED) ## format, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(INSTALLED) ## put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(INSTALLED) ## every benchmark; `python -m bench --rows NAME,...` runs some
	$(BIN)/python -m bench

bench-quick: $(INSTALLED) ## the same with smaller boards and fewer pairs
	$(BIN)/python -m bench --quick

chaos: ## faults at random against every promise
	@echo "make chaos: the fault harness is not built yet" >&2; exit 1

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras \
	--no-emit-index-url --no-emit-find-links --no-header pyproject.toml

lock: $(INSTALLED) ## pin every dependency again
	$(BIN)/$(LOCK) --extra embedded --extra build -o requirements.lock
	$(BIN)/$(LOCK) --all-extras -c requirements.lock -o requirements-dev.lock

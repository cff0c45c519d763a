# The commands of this project. `make` alone lists them; the list is made of the `##` comments below.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
T ?=

.DEFAULT_GOAL := help
.PHONY: help demo test regels up check bench format lock clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

demo: $(VENV)/ready ## play the chain from toewijzing to paid declaratie, in both releases, on a stack of its own
	$(BIN)/knooppunt demo

test: $(VENV)/ready ## the whole test suite; T=path or T="-k name" runs part of it
	$(BIN)/python -m pytest $(T)

regels: $(VENV)/ready ## the tests of all rules; writes docs/conformiteit.md, and fails when a rule is not proven
	$(BIN)/python -m knooppunt.conformiteit

up: $(VENV)/ready ## the embedded stack on port 8100, data kept under .knooppunt/, until Ctrl-C
	$(BIN)/knooppunt up

check: $(VENV)/ready ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/ready ## the benchmarks of the message layer; writes bench/RESULTS.md
	$(BIN)/python -m bench

format: $(VENV)/ready ## put the code in the form that `make check` asks for
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## write requirements*.lock again after a change of the dependencies in pyproject.toml
	$(PYTHON) -m venv $(VENV)/lock
	$(VENV)/lock/bin/pip install --quiet uv==0.13.9
	$(VENV)/lock/bin/uv pip compile --quiet --universal --no-emit-index-url --no-emit-find-links --no-header \
		--python-version 3.11 pyproject.toml --output-file requirements.lock
	$(VENV)/lock/bin/uv pip compile --quiet --universal --no-emit-index-url --no-emit-find-links --no-header \
		--python-version 3.11 --extra embedded --extra dev --constraint requirements.lock \
		pyproject.toml --output-file requirements-dev.lock

clean: ## remove the environment and all that tools left behind; not .knooppunt/
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Made anew when the locked dependencies change.
$(VENV)/ready: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "wmo-knooppunt needs Python 3.11 or newer; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

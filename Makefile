# The commands of this project. `make` alone lists them; the list is made of the `##` comments below.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
KAFKA_TESTS := tests/shared/kafka tests/kafka_echt \
	$(addprefix tests/keten/test_,all_well.py lagging_projection.py outage_broker.py restart.py)

# These hurt a stack under load, or measure time: they have the machine to themselves. All others run two at a time.
STACK_TESTS := tests/ruig tests/kafka_echt
# In the order of the folders, which ends with many short ones: by number of tests, what takes longest would come last.
TWO_AT_A_TIME := -n 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help demo test kafka ruig regels up check sbom bench format lock clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

demo: $(VENV)/ready ## play the chain from toewijzing to paid declaratie, in both releases, on a stack of its own
	$(BIN)/knooppunt demo

# The tests start a hundred processes, each of which would compile our modules again where nothing may be kept of that.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/ready ## the whole test suite; T=path or T="-k name" runs part of it
ifdef T
	$(BIN)/python -m pytest $(T)
else
	$(BIN)/python -m pytest $(TWO_AT_A_TIME) $(addprefix --ignore=,$(STACK_TESTS))
	$(BIN)/python -m pytest $(STACK_TESTS)
endif

kafka: $(VENV)/ready ## the tests that need a broker on Apache Kafka itself; needs Maven and Java 17
	deploy/kafka/kafka.sh jars
	KNOOPPUNT_TEST_BROKER=apache $(BIN)/python -m pytest $(or $(T),$(KAFKA_TESTS))

ruig: $(VENV)/ready ## the rough tests at full size (tests/ruig, docs/betrouwbaarheid.md); KNOOPPUNT_RUIG_SEED=n draws others
	KNOOPPUNT_RUIG=vol $(BIN)/python -m pytest $(or $(T),tests/ruig)

regels: $(VENV)/ready ## the tests of all rules; writes docs/conformiteit.md, and fails when a rule is not proven
	$(BIN)/python -m knooppunt.conformiteit

up: $(VENV)/ready ## the embedded stack on port 8100, data kept under .knooppunt/, until Ctrl-C
	$(BIN)/knooppunt up

check: $(VENV)/ready ## ruff, mypy --strict, import-linter, pip-audit
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python deploy/toelevering.py nazien

sbom: $(VENV)/ready ## the bill of materials (CycloneDX, with licences) of what is shipped; writes build/sbom.json
	$(BIN)/python deploy/toelevering.py stuklijst build/sbom.json

bench: $(VENV)/ready ## the benchmarks, all sections; writes bench/RESULTS.md
	$(BIN)/python -m bench

format: $(VENV)/ready ## put the code in the form that `make check` asks for
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## write requirements*.lock again after a change of the dependencies in pyproject.toml
	$(PYTHON) -m venv $(VENV)/lock
	$(VENV)/lock/bin/pip install --quiet uv==0.13.9
	$(VENV)/lock/bin/uv pip compile --quiet --universal --no-emit-index-url --no-emit-find-links --no-header --generate-hashes \
		--python-version 3.11 pyproject.toml --output-file requirements.lock
	$(VENV)/lock/bin/uv pip compile --quiet --universal --no-emit-index-url --no-emit-find-links --no-header --generate-hashes \
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

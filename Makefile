# What a developer and a build server run. `make` alone lists it.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= 2
ARGS ?=

# A test starts the tool a thousand times: not compiled anew each time.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup demo test soak lint bench servers

help:
	@echo "make setup   an environment in $(VENV), with the versions of constraints.txt"
	@echo "make demo    a system of four engines provisioned, migrated, seeded, checked, taken back and brought again"
	@echo "make test    the tests, on real servers, at small scale"
	@echo "make soak    the full matrix"
	@echo "make lint    ruff, mypy, import-linter"
	@echo "make bench   speed beside other tools, as ratios"

setup: $(READY)

$(READY): constraints.txt pyproject.toml tests/tools/make_venv.sh
	@sh tests/tools/make_venv.sh $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt hatchling -e '.[dev]'
	@touch $@

# Neo4j's jars are fetched on the first run; where they cannot be had the demo says so, with the remedy.
demo: setup
	@$(BIN)/python -m schemactl.sandbox.neo4j_archive --jars || true
	@$(BIN)/python -m tests.demo

# A server that cannot be had is told as "not run" by the tests, so a failure here stops nothing.
servers: setup
	@sh tests/tools/unpack_postgres.sh 15 "$$($(BIN)/python -c "from schemactl.sandbox.places import cache; print(cache())")" || true
	@sh tests/tools/unpack_clickhouse.sh "$$($(BIN)/python -c "from schemactl.sandbox.places import cache; print(cache())")" || true
	@$(BIN)/python -m schemactl.sandbox.zookeeper_programs || true
	@$(BIN)/python -m schemactl.sandbox.neo4j_archive || true

test: servers
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup -m "not soak" $(ARGS)

soak: servers
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup --hypothesis-profile=many $(ARGS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: servers
	$(BIN)/python -m tests.bench $(ARGS)

# Both `make demo` and `make test` set themselves up: Python 3.11+ and make are all that a machine needs.
PYTHON ?= python3
PORT ?= 8000
SOAK_FAULTS ?= 1000
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# The tests start more than a hundred processes: where images forbid it to write bytecode, each of them would compile
# the service anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-pages lint format docs screenshots translations bench explore soak clean

demo: .venv/.runtime
	$(BIN)/prodops demo --port $(PORT)

test: .venv/.dev
	$(BIN)/python -m pytest -n auto --dist worksteal --quiet

test-pages: .venv/.dev
	$(BIN)/python -m pytest -n auto --dist worksteal --quiet tests/pages

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/.dev
	$(BIN)/python -m app.metrics.document > docs/metrics.md
	$(BIN)/python -m grafana

screenshots: .venv/.dev
	$(BIN)/python -m tests.pages.screenshots

translations: .venv/.dev
	$(BIN)/python -m app.web.catalogues

bench: .venv/.dev
	$(BIN)/python -m benchmarks --write docs/performance.md

explore: .venv/.dev
	HYPOTHESIS_PROFILE=exploring $(BIN)/python -m pytest -n auto --quiet

soak: .venv/.dev
	$(BIN)/python -m pytest -n auto --quiet tests/soak --soak-faults $(SOAK_FAULTS)

clean:
	rm -rf .venv .demo build *.egg-info

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: set PYTHON=python3.x"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.runtime: requirements.lock pyproject.toml | .venv/bin/python
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements-dev.lock pyproject.toml | .venv/bin/python
	$(PIP) install --require-hashes -r requirements-dev.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch .venv/.runtime $@

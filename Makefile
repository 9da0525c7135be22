# The commands of this project. Each sets up what it needs; nothing is expected beside Python 3.11 and make.
PYTHON ?= python3
BIN := .venv/bin
# How many processes run the tests, each with an embedded PostgreSQL of its own: tests also wait, so
# that three keep two cores busy.
WORKERS ?= 3

.PHONY: setup serve test test-long check fix lock bench corpus schema reference screenshots

setup: .venv/.ready

.venv/.ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet "uv>=0.9"
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch .venv/.ready

serve: setup
	exec $(BIN)/rubrica serve

# The suite starts hundreds of Pythons: what one has compiled is kept for the others.
test test-long: export PYTHONDONTWRITEBYTECODE =

# A worker that has nothing left takes half of what another still has before it.
test: setup
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

test-long: setup
	$(BIN)/pytest -m long

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

fix: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What is made from the code and kept in the repository.
schema: setup
	$(BIN)/python -m docs.schema

reference: setup
	$(BIN)/python -m docs.errors

screenshots: setup
	$(BIN)/python -m docs.screenshots

bench: setup
	$(BIN)/python -m bench

# How well real files are read: make corpus CORPUS=folder
corpus: setup
	$(BIN)/python -m tests.corpus "$(CORPUS)"

# Pin anew from pyproject.toml: names, versions and hashes, never where they came from.
lock: setup
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --no-header --no-emit-index-url --no-emit-find-links --group dev pyproject.toml -o requirements.lock

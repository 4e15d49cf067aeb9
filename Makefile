# What people do here, one command each.  Everything is idempotent: what is there is not made again.

SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help install packages packages-python packages-tests packages-long venv guest demo split-demo test test-long crash check simulate \
        bench proto proto-image completions clean

BIN := .venv/bin

help: ## this list
	@awk -F ' ## ' '/^[a-z-]+:.* ## / { sub(/:.*/, "", $$1); printf "make %-12s %s\n", $$1, $$2 }' Makefile

install: packages venv guest ## all that vmctl needs: Debian packages, .venv, build/tiny.qcow2

packages:
	@scripts/install-packages

packages-python:
	@scripts/install-packages --python-only

packages-tests:
	@scripts/install-packages --for-tests

packages-long:
	@scripts/install-packages --for-browser-tests

venv: packages-python
	@scripts/venv

guest: packages
	@scripts/guest/build

demo: install ## boot a real VM with a throw-away daemon, step by step
	@scripts/demo

split-demo: install packages-tests ## the same with four roles as four processes, on RabbitMQ and PostgreSQL
	@scripts/demo --split

test: install packages-tests ## the test suite
	@$(BIN)/pytest -m "not long"

test-long: install packages-tests packages-long ## the tests that take minutes
	@$(BIN)/pytest -m long

crash: install ## kill the daemon everywhere; CELLS= ROUNDS= SOAK= RESTARTS= DRIVER= SEED= choose
	@scripts/crash

check: venv ## format, lint, types, import contracts, the wire
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/buf lint proto
	@$(BIN)/buf breaking proto --against proto/image.binpb

simulate: venv ## storms in a simulated world: BOOTS=100000 for many, PROCESSES=2, SEED=7 to replay one
	@$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED)) $(if $(BOOTS),--boots $(BOOTS)) $(if $(PROCESSES),--processes $(PROCESSES))

bench: install packages-tests ## the benchmarks, each against the floor measured in the same run
	@$(BIN)/python -m bench

proto: venv ## proto/gen from proto/vmctl
	@scripts/proto

proto-image: venv ## take the .proto files as they are for the baseline of "buf breaking"
	@$(BIN)/buf build proto --exclude-source-info --output proto/image.binpb

completions: venv ## completions/ and docs/commands.md from the command tree
	@scripts/commands

clean: ## remove all that these commands made
	@rm -rf build dist .venv .coverage* .*_cache .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} +

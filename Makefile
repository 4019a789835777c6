# Everything there is to run. Nothing but Python 3.12 (or uv) is needed; what is missing is installed into this folder.
.DEFAULT_GOAL := help
.SUFFIXES:

PROJECTS := pyproject.toml uv.lock .python-version $(wildcard libs/*/pyproject.toml services/*/pyproject.toml)

.PHONY: help
help: ## Tell what there is to run
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: up
up: setup ## Start the whole cluster here, no Docker; Ctrl-C stops it (PORT=3001, BUS_TLS=on, ROOT_ADMIN_PASSWORD, OTEL_*)
	@exec .venv/bin/flow up

.PHONY: setup
setup: .venv/.ready ## Install what the cluster needs into .uv and .venv

.venv/.ready: $(PROJECTS)
	@libs/flowctl/setup/setup --no-dev --inexact
	@touch $@

.venv/.ready-to-develop: $(PROJECTS)
	@libs/flowctl/setup/setup
	@touch $@ .venv/.ready

.PHONY: lint
lint: .venv/.ready-to-develop ## Style, types and layers
	.venv/bin/ruff check
	.venv/bin/ruff format --check --quiet
	.venv/bin/basedpyright
	.venv/bin/lint-imports --no-cache --no-logo

QUICK := .venv/bin/pytest -m "not chaos and not docker and not strace"
.PHONY: test
test: lint ## Lint, types, layers, unit and integration tests over real servers
	@tests/side_by_side '$(QUICK) -p no:cacheprovider libs/flowkit' \
	    '$(QUICK) -p no:cacheprovider libs/flowctl libs/contracts services' '$(QUICK) tests'

.PHONY: test-chaos
test-chaos: .venv/.ready-to-develop ## Kill, freeze, restart and part real processes under load; takes some minutes (EVENT_ROUNDS=50, EVENT_SEED, EVENT_DURABLE=1)
	.venv/bin/pytest -m chaos

.PHONY: test-syncing
test-syncing: .venv/.ready-to-develop ## What is acknowledged was synced: counted in a server's system calls; needs strace
	.venv/bin/pytest -m strace tests/durability

CONTAINERS := .venv/bin/pytest --cluster=containers -m "not chaos and not strace" --durations=8
.PHONY: test-docker
test-docker: .venv/.ready-to-develop ## The same stories over containers, the images, docker compose; needs a Docker Engine
	@tests/side_by_side '$(CONTAINERS) -p no:cacheprovider tests/docker' \
	    'SCHEMATHESIS_S=20 $(CONTAINERS) tests/integration tests/telemetry'

.PHONY: bench
bench: .venv/.ready-to-develop ## Measure, beside real peers; see bench/README.md
	.venv/bin/python -m bench

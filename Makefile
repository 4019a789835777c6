# Everything there is to run. Nothing but Python 3.12 (or uv) is needed; what is missing is installed into this folder.
.DEFAULT_GOAL := help
.SUFFIXES:

PROJECTS := pyproject.toml uv.lock .python-version $(wildcard libs/*/pyproject.toml services/*/pyproject.toml)

.PHONY: help
help: ## Tell what there is to run
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: up
up: setup ## Start the whole cluster here, no Docker; Ctrl-C stops it (PORT=3001, ROOT_ADMIN_PASSWORD, OTEL_*)
	@exec .venv/bin/flow up

.PHONY: setup
setup: .venv/.ready ## Install what the cluster needs into .uv and .venv

.venv/.ready: $(PROJECTS)
	@libs/flowctl/setup/setup --no-dev --inexact
	@touch $@

.venv/.ready-to-develop: $(PROJECTS)
	@libs/flowctl/setup/setup
	@touch $@ .venv/.ready

# Rapport. `make help` lists what can be done here.
PYTHON ?= python3
PORT ?= 8080
VENV := .venv
BIN := $(VENV)/bin
MEMBERS := contracts libs/kernel libs/chassis services/profiles services/interactions services/complaints services/satisfaction libs/cli libs/testing
export PORT

.DEFAULT_GOAL := help
.PHONY: help setup run demo test test-stack lint format contracts lock up down bench clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.ready: requirements/dev.lock $(addsuffix /pyproject.toml,$(MEMBERS))
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what is missing (about a minute the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(addprefix -e ,$(MEMBERS))
	@touch $@

setup: $(VENV)/.ready ## Install everything into .venv

lock: ## Write requirements/*.lock anew (needs uv)
	$(PYTHON) requirements/lock.py

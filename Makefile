# Rapport. `make help` lists what can be done here.
PYTHON ?= python3
PORT ?= 8080
VENV := .venv
BIN := $(VENV)/bin
MEMBERS := contracts libs/kernel libs/chassis $(patsubst %/pyproject.toml,%,$(wildcard services/*/pyproject.toml)) libs/cli libs/testing
export PORT
unexport PYTHONDONTWRITEBYTECODE # what one process has compiled, the hundreds that tests start need not compile again
# What the image is labelled with.
export RAPPORT_BUILD_VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' libs/chassis/pyproject.toml)
export RAPPORT_BUILD_REVISION = $(shell git rev-parse HEAD 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help setup clients lock run demo desk test test-stack drill lint format contracts walls drawing upgrade-dump secrets up down bench clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.ready: requirements/dev.lock $(addsuffix /pyproject.toml,$(MEMBERS))
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what is missing (about a minute the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(addprefix -e ,$(MEMBERS))
	@touch $@

$(VENV)/python-client/.ready: $(VENV)/.ready requirements/python-client.lock
	@test -x $(VENV)/python-client/bin/python || $(PYTHON) -m venv $(VENV)/python-client
	@$(VENV)/python-client/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/python-client.lock
	@touch $@

# TypeScript needs Node.js. Without it its tests are skipped, and the end of the run says so; with CI=true they fail.
NODE := $(shell command -v npm >/dev/null && node -p 'parseInt(process.versions.node) >= 20 || ""' 2>/dev/null)
PACKAGES := contracts/typescript $(patsubst %/package-lock.json,%,$(wildcard tests/*/package-lock.json))
CLIENT := contracts/rapport_contracts/openapi/front-end.json $(shell git ls-files contracts/typescript/src) contracts/typescript/tsconfig.json

$(VENV)/.node: $(VENV)/.ready $(addsuffix /package-lock.json,$(PACKAGES))
	@for package in $(PACKAGES); do (cd $$package && npm ci --silent --ignore-scripts) || exit 1; done
	@touch $@

$(VENV)/.client: $(VENV)/.node $(CLIENT)
	@cd contracts/typescript && npm run --silent build >/dev/null
	@touch $@

clients: $(VENV)/python-client/.ready $(if $(NODE),$(VENV)/.client) ## Install what makes clients of the documents, and build the TypeScript client

setup: $(VENV)/.ready clients ## Install everything, the packages of Node.js where that is

lock: ## Write requirements/*.lock anew (needs uv)
	$(PYTHON) requirements/lock.py

run: $(VENV)/.ready ## Start everything on this machine: PostgreSQL, Kafka, all services on http://127.0.0.1:$(PORT)
	@$(BIN)/rapport up --port $(PORT)

demo: $(VENV)/.ready ## Play generated days of a contact centre through the public APIs; starts what is not running
	@$(BIN)/rapport demo --port $(PORT)

DESK ?= 5173
desk: setup ## Build the reference front end and serve it on http://127.0.0.1:$(DESK), for what `make run` runs
	@cd tests/browser && npm run --silent build
	@$(BIN)/python tests/browser/serve.py build/desk --rapport http://127.0.0.1:$(PORT) --port $(DESK)

# By file: the tests of one share a database, and where the service runs, a consumer group. A test waits for a third of its time.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
test: $(VENV)/.ready clients ## All tests that need no Docker, on real PostgreSQL and Kafka, by one worker more than there are processors
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test-stack: $(VENV)/.ready ## Drive the compose stack (needs a Docker engine)
	@$(BIN)/python -m pytest tests/stack -o timeout=900

ROUNDS ?= 20
drill: $(VENV)/.ready ## The broker goes and comes back ROUNDS times for 30, 60 and 120 s, by port and by name (two hours, needs Docker)
	@ROUNDS=$(ROUNDS) $(BIN)/python -m pytest tests/drills tests/stack/test_broker_by_name.py -o timeout=900

lint: $(VENV)/.ready ## Formatting, lints, types, walls, committed schemas
	@$(BIN)/ruff format --check --quiet . || { echo "run: make format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports
	@$(BIN)/python -m rapport_contracts check
	@$(BIN)/python -m rapport_testing.openapi check

format: $(VENV)/.ready ## Format the code and mend what the linter can mend
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

contracts: $(VENV)/.ready ## Write the JSON Schemas, the AsyncAPI and the OpenAPI documents anew; refuses a breaking change
	@$(BIN)/python -m rapport_contracts generate
	@$(BIN)/python -m rapport_testing.openapi generate

walls: $(VENV)/.ready ## Write the walls between packages (.importlinter) anew for the services that there are
	@$(BIN)/python -m rapport_testing.walls

drawing: $(VENV)/.ready ## Draw the house (docs/house.md) anew: services, subjects, rooms, events; and write docs/settings.md
	@$(BIN)/python -m rapport_testing.drawing
	@$(BIN)/python -m rapport_testing.settings

upgrade-dump: $(VENV)/.ready ## Dump the databases of this version, filled by the demo, for the tests of later ones
	@$(BIN)/python -m rapport_testing.upgrades

# Made and renewed by the image itself, so that a machine with Docker needs nothing else. Never as root: what root starts
# belongs to the user of the image.
OWNER := $(shell test "$$(id -u)" = 0 && echo 10001:10001 || echo "$$(id -u):$$(id -g)")
secrets: ## Make what is missing under deploy/secrets, and certificates with little time left anew
	@mkdir -p -m 700 deploy/secrets "$${RAPPORT_BACKUPS:-deploy/backups}"
	@test "$$(id -u)" != 0 || chown -R $(OWNER) deploy/secrets
	@test "$$(id -u)" != 0 || chown $(OWNER) "$${RAPPORT_BACKUPS:-deploy/backups}"
	@grep -qs '^RAPPORT_USER=' .env || echo "RAPPORT_USER=$(OWNER)" >> .env
	@docker compose build --quiet kafka-users tools # the two images that there are; any other service would do
	@docker compose run --rm --no-deps -T tools secrets /secrets

up: secrets ## Start the compose stack and wait until it is healthy
	@docker compose up --detach --wait --wait-timeout 300
	@docker compose exec -T postgres bash /usr/local/bin/with-certificate reload
	@docker compose exec -T gateway nginx -q -s reload
	@echo "Rapport: https://$${RAPPORT_HOST:-localhost}:$(PORT), with a certificate of deploy/secrets/authority/ca.crt"
	@echo "A token: docker compose run --rm tools token"

down: ## Stop the compose stack; its data stays (docker compose down --volumes removes it)
	@docker compose down

bench: $(VENV)/.ready ## Measure the ratios of tests/load against raw PostgreSQL and Kafka on this machine
	@$(BIN)/python -m pytest tests/load -s

clean: ## Remove the environment and caches (never .rapport, where the data is)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache $(addsuffix /node_modules,$(PACKAGES)) contracts/typescript/dist contracts/typescript/build

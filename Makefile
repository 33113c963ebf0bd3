# `make` alone prints this list. Every target installs what it needs first.
.DEFAULT_GOAL := help
SHELL := /bin/bash
ROOT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
BIN := $(ROOT)/.venv/bin
PYTEST := cd $(ROOT) && $(BIN)/python -m pytest
QUICK := -m "not slow and not bench"
PACKAGES := common desktop_client server_node log_node tests
ARGS ?=
# Where the tests find MariaDB, Redis and IPFS; there once `make services` has started them.
-include $(ROOT)/.services/env

.PHONY: help setup screen window screenshots translations services services-stop demo test check style types contracts unit protocol integration e2e fuzz permissions bench vectors clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: ## Make .venv with the locked packages; does nothing when it is up to date
	@$(ROOT)/installers/dev/setup.sh

screen: ## Install what the window and its tests need of the system: Qt's libraries, a Chinese font, Xvfb
	@$(ROOT)/installers/dev/screen.sh

window: setup screen ## The desktop window (ARGS="--profile DIR")
	@cd $(ROOT) && $(BIN)/imguard-desktop $(ARGS)

screenshots: setup screen ## Go the whole way in the real window and make the pictures of docs/screenshots anew
	@cd $(ROOT) && IMGUARD_SCREENSHOTS=$(ROOT)/docs/screenshots $(BIN)/python -m pytest -q -p no:randomly tests/e2e/test_window.py

translations: setup ## Read the window's sentences again and compile their translations
	@cd $(ROOT) && $(BIN)/python installers/dev/translations.py update && $(BIN)/python installers/dev/translations.py release

services: ## Start MariaDB, Redis and an IPFS node for the tests that need them; installs what is missing
	@$(ROOT)/installers/dev/services.sh start

services-stop: ## End what `make services` started
	@$(ROOT)/installers/dev/services.sh stop

demo: setup ## Two servers, a log node and a client on this machine: from images to a trained model (ARGS="--help")
	@cd $(ROOT) && $(BIN)/imguard demo $(ARGS)

test: setup screen ## All tests but the slow ones and the measurements (ARGS="-k name")
	$(PYTEST) -n 2 --dist loadfile $(QUICK) $(ARGS)

check: style types contracts ## Style, types, import rules and contract tests (make -k: all of them, whatever fails)

style: setup
	cd $(ROOT) && $(BIN)/ruff check $(PACKAGES)

types: setup
	cd $(ROOT) && $(BIN)/python -m mypy

contracts: setup screen
	$(PYTEST) -q tests/contract

unit: setup screen ## One module at a time
	$(PYTEST) $(QUICK) tests/unit $(ARGS)

protocol: setup ## Two parties in one process, rounds and bytes counted
	$(PYTEST) $(QUICK) tests/protocol $(ARGS)

integration: setup ## One real program at a time, TLS on loopback
	$(PYTEST) $(QUICK) tests/integration $(ARGS)

e2e: setup screen ## All real programs together, and everything marked slow
	$(PYTEST) -m "(slow or e2e) and not bench" $(ARGS)

fuzz: setup ## 10,000 requests drawn from a node's own description (ARGS="-s" shows the figures)
	$(PYTEST) -p no:randomly -m slow tests/integration/api/test_fuzz.py $(ARGS)

permissions: setup ## Make docs/permissions.md anew from the table of permissions
	@cd $(ROOT) && $(BIN)/python -m server_node.api.permissions_page >docs/permissions.md.new && mv docs/permissions.md.new docs/permissions.md

bench: setup ## Measure; writes figures, never fails on them
	$(PYTEST) -p no:randomly --timeout=0 -s -m bench tests/bench $(ARGS)

vectors: setup ## Make the test vectors anew and check them with the independent verifiers
	@cd $(ROOT) && set -e; for path in tests/vectors/generate/*_v*.py tests/vectors/generate/*/*_v*.py; do \
	    name=$$(basename $$path .py); \
	    $(BIN)/python -m $$(echo $${path%.py} | tr / .) >tests/vectors/$$name.json.new; \
	    mv tests/vectors/$$name.json.new tests/vectors/$$name.json; \
	    $(BIN)/python -m $$(find tests/vectors/verify -name $$name.py | sed 's/\.py$$//' | tr / .); \
	done

clean: ## Remove .venv, caches and build output
	rm -rf $(ROOT)/.venv $(ROOT)/build $(ROOT)/dist $(ROOT)/*.egg-info
	rm -rf $(ROOT)/.mypy_cache $(ROOT)/.ruff_cache $(ROOT)/.pytest_cache $(ROOT)/.hypothesis $(ROOT)/.import_linter_cache
	find $(ROOT) -type d -name __pycache__ -prune -exec rm -rf {} +

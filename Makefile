# Needs Python 3.11 or newer and make; `make help` lists what there is.
PYTHON =
VENV = .venv
WORKERS = 2

BIN = $(VENV)/bin
STAMP = $(VENV)/made-from
KEY := $(shell { cat requirements.txt pyproject.toml; pwd; } | cksum)
PIP = $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input
PYTHONS = $(or $(PYTHON),python3 python3.13 python3.12 python3.11)
SUITABLE = import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))

.DEFAULT_GOAL := help
.PHONY: help setup install demo ui test lint test-pythons clean

help: ## list what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 15

setup: ## make .venv with all that is pinned (PYTHON=... chooses one for a new .venv)
	@[ -x $(BIN)/python ] && [ "$$(cat $(STAMP) 2>/dev/null)" = "$(KEY)" ] \
		|| $(MAKE) --no-print-directory install

# Scripts in an environment name its folder, so one that was moved or left half-made is made anew.
install:
	@grep -qsF "$(CURDIR)/$(BIN)/python" $(BIN)/pip && $(BIN)/python -c '' 2>/dev/null || { \
		for python in $(PYTHONS); do \
			"$$python" -c '$(SUITABLE)' 2>/dev/null && break; python=; \
		done; \
		[ -n "$$python" ] || { \
			echo "No Python 3.11 or newer with venv and pip among: $(PYTHONS)." >&2; \
			echo "Install one (Debian, Ubuntu: python3-venv), or name it: make setup PYTHON=..." >&2; \
			exit 1; \
		}; \
		echo "Making $(VENV) with $$("$$python" --version); this takes a minute or two."; \
		"$$python" -m venv --clear $(VENV); \
	}
	@$(PIP) -r requirements.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@echo "$(KEY)" > $(STAMP)
	@echo "Ready: $(BIN)/fenji --help"

demo: setup ## run every resident of Tongliang for a year; results and a picture in out/
	@$(BIN)/fenji demo

ui: setup ## open the page in a browser
	@$(BIN)/fenji ui

test: lint ## check everything: lint, then all tests with their coverage
	@$(BIN)/python tests/browser/bring_browser.py
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile \
		--cov=model --cov=experiments --cov=visualization

lint: setup ## check style, types and the direction of imports
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

test-pythons: setup ## run one scenario under Python 3.11 and 3.13 and compare every indicator
	@$(BIN)/python tests/pythons.py

clean: ## remove environments, caches and builds; results in out/ stay
	@rm -rf .venv .venv-* build dist .coverage* .hypothesis .*_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

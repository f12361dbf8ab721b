# Everything that is installed goes into .venv/; removing that folder undoes it.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
# Extra flags for pip when it installs torch, e.g. the --index-url of a CPU build.
TORCH_FLAGS ?=
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
RUN := .venv/installed-to-run
DEV := .venv/installed-to-develop
SOURCES := agent benchmarks bot datanets knowledge migrations tests workers

.PHONY: help demo tour test quick check format lint types rooms screenshots clean

help: ## Show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Potluck needs Python 3.11 or newer; found $$($(PYTHON) --version). Try: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv

# torch comes first and alone: a later package must find it in place instead of choosing another build.
$(RUN): pyproject.toml | $(BIN)/python
	@echo "Installing Potluck into .venv, some minutes the first time"
	$(PIP) $(TORCH_FLAGS) torch==2.13.0
	$(PIP) --editable '.[worker]'
	@touch $@

$(DEV): $(RUN)
	$(PIP) --editable '.[worker,dev]'
	@touch $@

demo: $(RUN) ## Set everything up and open the playground
	@exec $(BIN)/potluck demo

tour: $(RUN) ## Drive the whole loop on real weights, without a browser
	@exec $(BIN)/potluck demo --tour

test: $(DEV) ## Run all tests
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
		echo "!!! NO CHROMIUM: the browser tests are skipped. To run them: apt-get install chromium"
	$(BIN)/python -m pytest -n 2 --dist loadfile

quick: $(DEV) ## Run the tests that take less than five seconds each
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow and not browser"

format: $(DEV) ## Rewrite the code in the house format
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

lint: $(DEV)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)

types: $(DEV)
	$(BIN)/mypy

rooms: $(DEV)
	$(BIN)/lint-imports

check: lint types rooms test ## Format, lint, types, rooms and all tests

screenshots: $(DEV) ## Draw the pictures of the guide at desktop and phone width
	$(BIN)/python -m tests.playground.screenshots

clean: ## Forget the demo's data; the installation stays
	rm -rf .potluck

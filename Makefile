# One way to run each thing, for people and for CI. `make` alone lists the targets.
#
#   PYTHON   the Python to build .venv with                    (python3, at least 3.10)
#   TORCH    what pip installs as PyTorch, options included    (make test TORCH="torch --extra-index-url ...")
#   ARGS     further arguments of pytest, the hosts, the benchmark or the screenshots (make test ARGS="tests/core -x")
#   PORT     JupyterLab's port for the demo                    (8888, or the next free one)
#   BROWSER  BROWSER=no: the demo prints its address and opens no browser

PYTHON ?= python3
TORCH ?= torch==2.13.0
PORT ?= 8888
ARGS ?=

VENV := .venv
RUN := $(VENV)/bin/python
FRONT := lrwidget/widget/front
# Node and npm come with the environment of the tests.
NPM := PATH="$(abspath $(VENV)/bin):$$PATH" npm --prefix $(FRONT) --loglevel=error --silent run
# Set-up is done once per state of pyproject.toml; the stamp's name carries the state.
STATE := $(shell (cat pyproject.toml .ci/venv $(FRONT)/package-lock.json; echo "$(TORCH)") | cksum | cut -d' ' -f1)
FOR_DEMO := $(VENV)/.ready-demo-$(STATE)
FOR_TEST := $(VENV)/.ready-test-$(STATE)
FOR_DOCS := $(VENV)/.ready-docs-$(STATE)
REFERENCE := .artifacts/reference

# The address that is printed leads to the notebook too, not only the page that opens by itself.
LAB := --port=$(PORT) --log-level=WARN --LabApp.default_url=/lab/tree/notebooks/quickstart.ipynb \
	--LabApp.news_url=None --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate
ifeq ($(shell id -u),0)
LAB += --allow-root
endif
# A server without a screen must not start a text browser in the terminal.
ifeq ($(BROWSER),no)
LAB += --no-browser
else ifeq ($(shell uname -s)$(DISPLAY)$(WAYLAND_DISPLAY),Linux)
LAB += --no-browser
endif

.PHONY: help demo test hosts lint format front docs bench picks screenshots chromium clean

help:  ## List the targets
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(FOR_DEMO)  ## Open the quickstart in JupyterLab (BROWSER=no prints its address only)
	@$(RUN) -m jupyterlab $(LAB)

test: $(FOR_TEST) chromium  ## Run every test, the real-browser ones included
	@VENV="$(VENV)" .ci/test $(ARGS)

hosts: $(FOR_TEST) chromium  ## Drive the widget in every notebook and app host; write docs/hosts.md (ARGS: which)
	@$(RUN) -m tests.hosts.run $(ARGS)

lint: $(FOR_TEST)  ## Check style and types; changes nothing
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy
	@$(NPM) lint
	@$(NPM) types

format: $(FOR_TEST)  ## Put imports and layout in order
	@$(RUN) -m ruff check --fix .
	@$(RUN) -m ruff format .
	@$(NPM) format

front: $(FOR_TEST)  ## Build the page's code from its sources
	@$(NPM) build

docs: $(FOR_DOCS)  ## Make the API reference from the docstrings; what it cannot resolve is an error
	@rm -rf $(REFERENCE)
	@$(RUN) -m sphinx --fail-on-warning --keep-going --quiet --doctree-dir $(REFERENCE)/.doctrees docs/reference $(REFERENCE)
	@echo "The reference: $(abspath $(REFERENCE))/index.html"

bench: $(FOR_TEST)  ## Time every engine on the same work
	@$(RUN) -m benchmarks.run $(ARGS)

picks: $(FOR_TEST)  ## Measure what picks are worth, an hour of one core; write docs/picks.md (ARGS=--quick: a look)
	@$(RUN) -m benchmarks.picks $(ARGS)

screenshots: $(FOR_TEST) chromium  ## Draw the pictures of the documentation
	@$(RUN) -m tests.browser.screenshots $(ARGS)

clean:  ## Remove what the tools leave behind; .venv stays
	@rm -rf .artifacts .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist
	@find . -path ./$(VENV) -prune -o \( -name __pycache__ -o -name .ipynb_checkpoints \) -type d -print0 | xargs -0 rm -rf

chromium:
	@.ci/chromium

$(VENV)/.ready-%-$(STATE):
	@PYTHON="$(PYTHON)" VENV="$(VENV)" TORCH="$(TORCH)" .ci/venv $*
	@touch $@

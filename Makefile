# On a machine with Python 3.11+ and make: `make demo` opens the dashboard on a simulated cluster, `make test` runs
# every check. Both create the virtual environment that they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# The tests load the program in dozens of processes, and rewrite each of their own modules in all of their workers:
# bytecode that is kept spares a sixth of their time, whatever the environment says.
test: export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test check soak contract wheel screenshots clean

demo: $(VENV)/.demo
	@$(BIN)/stsview demo

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "stsview needs Python 3.11 or later; name one: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=24'

$(VENV)/.demo: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.test: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/.demo

# Three workers on two cores: tests in a terminal wait for the program more than they compute.
test: $(VENV)/.test check wheel
	$(BIN)/python -m pytest -n 3 --dist worksteal

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# An hour of simulated time with everything that may go wrong in it, in about a minute: make soak, or make soak SEED=7
soak: $(VENV)/.test
	$(BIN)/python -m pytest tests/soak -m soak -s $(if $(SEED),--seed $(SEED))

# What the tests believe of Kubernetes, checked against a real cluster, in a namespace of its own that is removed again.
# Only a path on the command line counts: the environment's KUBECONFIG never decides whose cluster that is.
ifeq ($(origin KUBECONFIG),command line)
contract: $(VENV)/.test
	STSVIEW_CONTRACT_KUBECONFIG='$(KUBECONFIG)' $(BIN)/python -m pytest tests/contract
else
contract:
	@echo 'make contract needs the cluster to be named: make contract KUBECONFIG=path' >&2; exit 2
endif

# Builds the wheel, installs it in an empty environment and runs it from another folder (uses the package index).
wheel: $(VENV)/.test
	tests/packaging/run_wheel.sh $(CURDIR)/$(BIN)/python

# The pictures of the README, drawn from the simulated cluster.
screenshots: $(VENV)/.demo
	$(BIN)/python screenshots/draw.py

clean:
	rm -rf $(VENV) dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis

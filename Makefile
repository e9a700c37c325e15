# On a machine with Python 3.11+ and make: `make demo` opens the dashboard on a simulated cluster, `make test` runs
# every check. Both create the virtual environment that they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# The tests load the program in dozens of processes, and rewrite each of their own modules in all of their workers:
# bytecode that is kept spares a sixth of their time, whatever the environment says.
test pytest: export PYTHONDONTWRITEBYTECODE :=

# Exact versions of every package, for build backends too: what installed yesterday installs today.
CONSTRAINTS := constraints.txt
export PIP_CONSTRAINT := $(abspath $(CONSTRAINTS))
export PIP_BUILD_CONSTRAINT := $(PIP_CONSTRAINT)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test check pytest lock newest soak bench contract wheel docs man screenshots cast clean

demo: $(VENV)/.demo
	@$(BIN)/stsview demo

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "stsview needs Python 3.11 or later; name one: make PYTHON=python3.12")'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo 'this Python cannot create virtual environments; on Debian: apt install python3-venv' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) --upgrade pip

$(VENV)/.demo: pyproject.toml $(CONSTRAINTS) $(VENV)/bin/python
	$(PIP) --editable .
	@touch $@

$(VENV)/.test: pyproject.toml $(CONSTRAINTS) $(VENV)/bin/python
	$(PIP) --editable '.[test]'
	@touch $@ $(VENV)/.demo

# At once: the type checker computes on one core, and building the wheel waits for the network.
test: $(VENV)/.test
	@$(MAKE) --no-print-directory -j 3 check wheel pytest

# Three workers on two cores: tests in a terminal wait for the program more than they compute.
pytest: $(VENV)/.test
	$(BIN)/python -m pytest -n 3 --dist worksteal

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Writes constraints.txt: the newest versions that pyproject.toml allows, as an empty environment gets them. The build
# backend is installed with them, since pip builds the project in an environment of its own.
lock: export PIP_CONSTRAINT :=
lock: export PIP_BUILD_CONSTRAINT :=
lock:
	@lock=$$(mktemp -d) && trap 'rm -rf "$$lock"' EXIT && $(PYTHON) -m venv $$lock && \
	$$lock/bin/python -m pip install --quiet --disable-pip-version-check --upgrade pip && \
	$$lock/bin/python -m pip install --quiet '.[test]' hatchling && \
	{ echo '# Versions that `make demo` and `make test` install; `make lock` renews them.'; \
	  $$lock/bin/python -m pip freeze --all --exclude stsview --exclude setuptools; } > $(CONSTRAINTS)

# Every check with the newest versions that pyproject.toml allows, in an environment of its own: shows what breaks next.
newest:
	rm -rf .venv-newest
	$(MAKE) test VENV=.venv-newest CONSTRAINTS=/dev/null

# An hour of simulated time with everything that may go wrong in it, in about a minute: make soak, or make soak SEED=7
soak: $(VENV)/.test
	$(BIN)/python -m pytest tests/soak -m soak -s $(if $(SEED),--seed $(SEED))

# What large clusters cost, against a server that replays bytes, as a table and in bench.json: make bench, which takes some
# minutes; make bench QUICK=1, less than one; make bench GROWTH=1, four sizes. Run nothing else meanwhile.
bench: export PYTHONDONTWRITEBYTECODE :=
bench: $(VENV)/.test
	$(BIN)/python -m tests.bench --json bench.json $(if $(QUICK),--quick) $(if $(GROWTH),--growth)

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

# The pictures of the repository, drawn from the simulated cluster: make screenshots; or every screen and dialog, in all
# themes, in a folder: make screenshots ALL=/tmp/pictures
screenshots: $(VENV)/.test
	$(BIN)/python -m screenshots.draw $(ALL)

# The film of the README, played in a terminal: half a minute.
cast: $(VENV)/.test
	$(BIN)/python -m screenshots.cast

# The pages of docs/ that are generated: a test fails when one is not current.
docs: $(VENV)/.demo
	$(BIN)/python -m stsview.triage.rules_page > docs/rules.md
	$(BIN)/python -m stsview.ui.keys_page > docs/keys.md
	$(BIN)/python -m stsview.cli.output.rights_page > docs/rights.md
	$(BIN)/python -m stsview.ui.command_table > stsview/config/commands.json

# The manual pages, to look at: the build of the wheel writes its own. man ./man/stsview-check.1
man: $(VENV)/.demo
	$(BIN)/python -m stsview.cli.output.man_pages man

clean:
	rm -rf $(VENV) .venv-newest dist build man .mypy_cache .pytest_cache .ruff_cache .hypothesis

# voc: `make demo` shows it, `make test` proves it. `make help` lists the rest.

PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11,\
	$(shell $(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))) python3)
VENV := .venv
BIN := $(VENV)/bin
RUNS := $(VENV)/.runs
TESTS := $(VENV)/.tests
CHROMIUM := $(or $(VOC_CHROMIUM),$(shell command -v chromium chromium-browser google-chrome | head -n 1))

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench bench-batch bench-themes soak simulate fuzz venv chromium pin clean

help:  ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20
	@echo "Variables: PYTHON=python3.12 (interpreter), NO_SERVE=1 (demo without the explorer), QUICK=1 (shorter bench), TESTS_ARGS=... (for pytest)"

demo: $(RUNS)  ## install, run the sample data, open the explorer (its address is printed)
	$(BIN)/voc demo $(if $(NO_SERVE),--no-serve)

test: lint chromium  ## install, then everything that must hold: lint, types, layers, tests with coverage
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/pytest --cov -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(TESTS_ARGS)

lint: $(TESTS)  ## ruff, mypy --strict, import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: $(TESTS)  ## speed and memory on this machine, as ratios measured in one run (takes a while)
	$(BIN)/python benchmarks/bench_cli.py
	$(BIN)/python benchmarks/bench_tag.py
	$(BIN)/python benchmarks/bench_memory.py $(if $(QUICK),--quick)
	$(BIN)/python benchmarks/bench_prepare.py $(if $(QUICK),--n 500)
	$(BIN)/python benchmarks/bench_read.py $(if $(QUICK),--quick)
	$(BIN)/python benchmarks/bench_ingest.py $(if $(QUICK),--quick)
	$(BIN)/python benchmarks/bench_drivers.py $(if $(QUICK),--n 100000)
	$(BIN)/python benchmarks/bench_tables.py $(if $(QUICK),--n 100000)

bench-themes: $(TESTS)  ## theme discovery beside BERTopic's defaults (half an hour; QUICK=1: a tenth of the data)
	$(BIN)/python benchmarks/bench_themes.py $(if $(QUICK),--quick)

bench-batch: $(TESTS)  ## voc batch: two workers, Ray, cost of a part, memory, a plan for a million (N=50000: the figures for a plan)
	$(BIN)/python benchmarks/bench_batch.py $(if $(N),--n $(N) --part-size 2000)

soak: $(TESTS)  ## voc batch over a table, killed 20 times at random: driver, workers, database, machines of Ray (half an hour)
	$(BIN)/python tests/soak_batch.py

bench-ui: $(TESTS)  ## the explorer on a million resampled comments: server time of its pages, searches, memory (half an hour)
	test -d $(VENV)/.big-store || $(BIN)/python benchmarks/big_store.py $(VENV)/.big-store --n $(if $(QUICK),100000,1000000)
	$(BIN)/python benchmarks/bench_ui.py $(VENV)/.big-store --index
	$(BIN)/python benchmarks/bench_ui.py $(VENV)/.big-store --visits

simulate: $(TESTS)  ## coverage of intervals and false finds, 2,000 runs of each part (ten minutes)
	$(BIN)/python benchmarks/simulate.py

fuzz: $(TESTS)  ## look for bytes on which a reader fails, a minute for each format (SECONDS=10: shorter)
	$(BIN)/python tests/fuzz_readers.py $(if $(SECONDS),--seconds $(SECONDS))

venv: $(TESTS)  ## the environment alone

# A stamp is newer than what it was installed from, so that a second call installs nothing. Tests need
# all that a run needs, so their stamp renews both.
$(RUNS): constraints.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -c constraints.txt torch==2.13.0 -e .
	@touch $@

$(TESTS): constraints.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -c constraints.txt torch==2.13.0 -e '.[dev,train]'
	@touch $(RUNS) $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "voc needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 | tail -n 1). Name one: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		rm -rf $(VENV); echo "'$(PYTHON) -m venv' failed. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

# Without a browser the tests that need one are left out, and the last line of the run names them.
chromium:
ifeq ($(CHROMIUM),)
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get install -y chromium || { apt-get update && apt-get install -y chromium; } \
		|| echo "Chromium could not be installed: the browser tests will be left out."; \
	else \
		echo "No Chromium: the browser tests will be left out. Install it (Debian: sudo apt-get install chromium) or set VOC_CHROMIUM to its path."; \
	fi
endif

pin: $(TESTS)  ## write constraints.txt from what is installed in .venv
	$(BIN)/python scripts/pin.py

clean:  ## remove caches and build results (not .venv, not your stores)
	rm -rf build dist htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find app.py voc tests benchmarks scripts -name __pycache__ -type d -prune -exec rm -rf {} +

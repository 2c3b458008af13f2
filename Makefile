# Two commands matter: `make run` and `make test`. Each prepares what it needs.
.DEFAULT_GOAL := help
.PHONY: help setup run test lint pytest format bench fuzz crash soak mutants screens package installers lock clean

PYTHON := .venv/bin/python
# One more than the two processors of the machines it must be quick on: windows wait for timers half of their time.
WORKERS ?= 3
PYTEST_ARGS ?=

# No test and no build may depend on the screen, the language or the hash seed of the machine.
OFFSCREEN := QT_QPA_PLATFORM=offscreen
REPRODUCIBLE := PYTHONHASHSEED=1 SOURCE_DATE_EPOCH=1704067200

help:
	@echo "make run       the whole story on a demonstration store, then the window (headless: see demo-out/)"
	@echo "make test      every check and every test"
	@echo "make setup     prepare .venv and the system libraries (the others do this by themselves)"
	@echo "make lint      ruff, format and mypy only"
	@echo "make format    let ruff mend what it can"
	@echo "make bench     measure; leaves bench-out/latest.json"
	@echo "make fuzz      fuzz every parser, FUZZ='--runs 1000 mail' for less; leaves fuzz-out/"
	@echo "make crash     hurt the store in every way, CRASH='kill --cycles 200' for one of them; leaves crash-out/"
	@echo "make soak      sequences of merges against a model of their own, SOAK=2000 for fewer"
	@echo "make mutants   change the code in small ways and see whether tests notice, MUTANTS='merge --sample 50' for less"
	@echo "make screens   a picture of every screen; leaves screens-out/"
	@echo "make package   the PyInstaller folder; leaves dist/triage/"
	@echo "make installers  the packages for Linux and Windows, as far as this machine can; leaves dist/installers/"
	@echo "make lock      lock the requirements anew after a change of the .in files"

setup:
	@sh packaging/setup.sh

run: setup
	@.venv/bin/triage demo --run

test: lint pytest

lint: setup
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy

# One file stays with one worker, so that what a file builds is built once (pytest-xdist 3.8 ignores
# xdist_group under pytest 9.2); files start in the order of collection, slow ones first. A worker that dies ends the run:
# with a new one in its place pytest-xdist 3.8 waits for ever for the tests it lost.
pytest:
	@sh packaging/setup.sh tests
	@$(OFFSCREEN) $(PYTHON) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --max-worker-restart 0 $(PYTEST_ARGS)

format: setup
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

bench:
	@sh packaging/setup.sh bench
	@$(OFFSCREEN) $(PYTHON) bench/run.py

fuzz: setup
	@$(PYTHON) -m fuzz.run $(FUZZ)

crash: setup
	@$(OFFSCREEN) $(PYTHON) -m tests.crash.run $(CRASH)

# A tenth of the sequences run over stores that are checked whole after every merge.
SOAK ?= 100000
soak: setup
	@HYPOTHESIS_PROFILE=deep TRIAGE_CORE_SEQUENCES=$(SOAK) TRIAGE_SEQUENCES=$$(( $(SOAK) / 10 )) $(OFFSCREEN) \
		$(PYTHON) -m pytest -q -p no:cacheprovider -o faulthandler_timeout=0 tests/unit/store/test_merge_machine.py

# What makes the mutants lies in a folder of its own: nothing else needs it, so it is in no lock but its own.
mutants: setup
	@$(PYTHON) -m pip install --quiet --no-deps --require-hashes --upgrade --target mutants-out/tools -r tests/mutation/requirements.txt
	@PYTHONPATH=mutants-out/tools $(OFFSCREEN) $(PYTHON) -m tests.mutation.run $(MUTANTS)

screens: setup
	@$(OFFSCREEN) $(PYTHON) -m tests.gui.screens

package: setup
	@$(REPRODUCIBLE) $(PYTHON) -m PyInstaller --noconfirm --clean --log-level WARN build.spec

installers:
	@sh packaging/setup.sh packages
	@$(MAKE) --no-print-directory package
	@$(REPRODUCIBLE) sh packaging/installers.sh

lock: setup
	@sh packaging/lock.sh

clean:
	rm -rf build dist demo-out bench-out fuzz-out crash-out mutants-out screens-out .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

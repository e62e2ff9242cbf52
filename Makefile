# Every command that people and CI need. `make demo` and `make test` do all the set-up they need themselves.

PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3,$(if $(shell command -v $(name)),$(name))))
VENV   ?= .venv
BIN    := $(VENV)/bin
JOBS   ?= auto
SECONDS_PER_TEST ?= 300

.DEFAULT_GOAL := help
.PHONY: help setup system demo test quick lint format types build smoke check samples docs bench fuzz clean

help:            ## list the targets
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 14

# --- set-up ---------------------------------------------------------------------------------------------------------

system:          ## shared libraries that the wheels of OpenCV and MediaPipe leave to the system
	@$(PYTHON) .ci/system_libraries.py

$(BIN)/python:
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); $(PYTHON) -m pip install --quiet --user virtualenv && $(PYTHON) -m virtualenv --quiet $(VENV); }
	@$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.app: pyproject.toml build_hook.py | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml build_hook.py | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable . --group lint --group test --group build --group peers
	@touch $@ $(VENV)/.app

setup: system $(VENV)/.dev  ## everything for working on faceready, in .venv

# --- the main job ---------------------------------------------------------------------------------------------------

demo: system $(VENV)/.app  ## prepare the sample photo and clip into build/demo/
	@mkdir -p build/demo
	$(BIN)/faceready prepare samples/selfie.jpg samples/selfie.mp4 --out-dir build/demo --force

# --- proof ----------------------------------------------------------------------------------------------------------

test: setup      ## all tests
	$(BIN)/python -m pytest -n $(JOBS)

quick: setup     ## tests without the slow ones
	$(BIN)/python -m pytest -n $(JOBS) -m "not slow"

lint: $(VENV)/.dev  ## formatter (check only), linter and both type checkers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python

format: $(VENV)/.dev  ## rewrite the code in the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

build: $(VENV)/.dev  ## wheel and sdist in dist/, contents checked
	rm -rf dist
	$(BIN)/python -m build --installer pip
	$(BIN)/check-wheel-contents dist/*.whl

smoke: build     ## install wheel and sdist outside the repository and run them there
	$(BIN)/python .ci/smoke.py dist

check: lint test smoke  ## what CI runs

# --- material -------------------------------------------------------------------------------------------------------

samples: $(VENV)/.dev  ## make the committed samples again
	$(BIN)/python -m samples.make --committed-only

docs: $(VENV)/.dev  ## write the generated pages of docs/ again
	$(BIN)/python -m preprocess.rules
	$(BIN)/python -m client.codes

# --- long runs ------------------------------------------------------------------------------------------------------

bench: setup     ## all benchmarks, their peers installed first; writes benchmarks/results/, the README's table and the plots
	@$(PYTHON) .ci/system_libraries.py --bench
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python -m benchmarks --install-peers --json benchmarks/results/latest.json --write-readme

fuzz: setup      ## 5,000 mutated inputs and the coverage-guided runs
	-$(BIN)/python -m pip install --quiet --group fuzz
	$(BIN)/python -m fuzz --count 5000 --seed 1 --jobs 2

clean:           ## remove what was built
	rm -rf build dist fuzz-out samples/out .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

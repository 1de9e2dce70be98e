# Two commands matter: `make demo` shows what globular does, `make test` proves it. Each sets up what it
# needs in .venv on a machine with git, make, python3 (3.11 or newer, with venv) and g++ (12 or newer).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
SOURCES := $(shell find src native CMakeLists.txt pyproject.toml -type f -not -name '*.pyc' 2>/dev/null)
NATIVE := $(shell find native -name '*.cpp' -o -name '*.hpp')
SANITIZED := -O1 -g1 -fno-omit-frame-pointer

.PHONY: demo test test-slow test-oldest test-newest lint docs build stub bench bench-quick calibrate mutants clean
.DEFAULT_GOAL := build

build: $(VENV)/.built

$(VENV)/.tools: constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "globular needs python >= 3.11 with venv (Debian: apt install python3-venv); set PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import os, sys, sysconfig as s; sys.exit(not os.path.exists(s.get_path("include") + "/Python.h"))' || \
	  { echo "globular needs the headers of python (Debian: apt install python3-dev); set PYTHON=..."; exit 1; }
	@echo "setting up $(VENV): once, a minute or two"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --constraint constraints.txt pip
	@$(PIP) install --constraint constraints.txt numpy scipy scikit-learn click \
	  scikit-build-core nanobind cmake ninja
	@touch $@

# What only tests and lint need.
$(VENV)/.checks: $(VENV)/.tools
	@echo "setting up the tools of make test and make lint: once"
	@$(PIP) install --constraint constraints.txt --group test --group lint --group notebook
	@touch $@

$(VENV)/.built: $(VENV)/.tools $(SOURCES)
	@echo "building globular: a minute"
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(PIP) install --no-build-isolation --no-deps --force-reinstall .
	@touch $@

demo: build
	@mkdir -p demo
	@$(BIN)/globular cluster examples/data/penguins.csv -k 3 --scale standard --missing drop \
	  --columns bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g \
	  --model demo/penguins.json -o demo/penguins.csv --force
	@printf '\nNow try:\n'
	@printf '  %s\n' \
	  "head demo/penguins.csv" \
	  "$(BIN)/globular predict demo/penguins.json examples/data/penguins.csv | head" \
	  "$(BIN)/globular cluster YOUR.csv -k 4 --scale standard -o labelled.csv" \
	  "$(BIN)/globular cluster --help"

test: build $(VENV)/.checks native-tests
	$(BIN)/python -m pytest -m "not slow"

test-slow: build $(VENV)/.checks
	$(BIN)/python -m pytest -m slow

# The same wheel beside the oldest versions that pyproject.toml promises, and beside the newest there are.
# Each has an environment of its own, which is made anew when the promises change, and test-newest's always.
# Of the laws those that much of NumPy and SciPy has a part in.
AMONG_OTHERS := tests/estimators tests/faults/test_arrays.py tests/laws/test_same_bits.py \
  tests/laws/test_sparse.py --deselect tests/laws/test_sparse.py::test_a_sparse_fit_holds_its_entries_and_one_array_of_centers

test-oldest: $(VENV)-oldest/.built
	$(VENV)-oldest/bin/python -m pytest -m "not slow" $(AMONG_OTHERS)

test-newest: dist/.wheel
	@echo "setting up $(VENV)-newest"
	@$(PYTHON) -m venv --clear $(VENV)-newest
	@$(VENV)-newest/bin/python -m pip --quiet --disable-pip-version-check install --upgrade pip
	@$(VENV)-newest/bin/python -m pip --quiet --disable-pip-version-check install dist/*.whl --group test
	$(VENV)-newest/bin/python -m pytest -m "not slow" $(AMONG_OTHERS)

$(VENV)-oldest/.built: dist/.wheel tests/lower_bounds.py
	@echo "setting up $(VENV)-oldest"
	@$(PYTHON) -m venv --clear $(VENV)-oldest
	@$(BIN)/python tests/lower_bounds.py > $(VENV)-oldest/lower_bounds.txt
	@$(VENV)-oldest/bin/python -m pip --quiet --disable-pip-version-check install dist/*.whl \
	  --requirement $(VENV)-oldest/lower_bounds.txt
	@touch $@

dist/.wheel: $(VENV)/.tools $(SOURCES)
	@rm -rf dist
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(PIP) wheel --no-build-isolation --no-deps --wheel-dir dist .
	@touch $@

# All scripts of examples/chapter: their figures, the table in its README, and the notebook made of them.
.PHONY: chapter
chapter: build $(VENV)/.checks
	$(BIN)/python examples/chapter/measure.py
	$(BIN)/python examples/chapter/as_notebook.py

# The native core alone, under the sanitizers, at every level of this machine; what threads do together twice.
.PHONY: native-tests
native-tests: build/asan/native_tests build/tsan/native_tests
	build/asan/native_tests
	build/tsan/native_tests threads

build/asan/native_tests: FLAGS := $(SANITIZED) -fsanitize=address,undefined -fno-sanitize-recover=all
build/tsan/native_tests: FLAGS := $(SANITIZED) -fsanitize=thread
build/%/native_tests: $(VENV)/.tools $(NATIVE) CMakeLists.txt
	@mkdir -p build
	@PATH="$(CURDIR)/$(BIN):$$PATH" cmake -S . -B build/$* -G Ninja -DGLOBULAR_NATIVE_TESTS=ON \
	  -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG="$(FLAGS)" > build/$*.log 2>&1 || { cat build/$*.log; exit 1; }
	@PATH="$(CURDIR)/$(BIN):$$PATH" cmake --build build/$* >> build/$*.log 2>&1 || { cat build/$*.log; exit 1; }

lint: build $(VENV)/.checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/clang-format --dry-run -Werror $(NATIVE)
	$(BIN)/python native/level/check_symbols.py build
	@$(BIN)/python -m nanobind.stubgen --quiet --module globular._native --output-file build/_native.pyi
	diff src/globular/_native.pyi build/_native.pyi

# The site, in build/docs: every page is run, and a warning is an error.
$(VENV)/.docs: $(VENV)/.tools
	@echo "setting up the tools of make docs: once"
	@$(PIP) install --constraint constraints.txt --group docs
	@touch $@

docs: build $(VENV)/.docs
	@rm -rf build/docs docs/_generated
	@cd docs && ../$(BIN)/python -m doctest builder/*.py
	$(BIN)/python -m sphinx -W --keep-going -q -b html -d build/docs-trees -E docs build/docs
	@echo "open build/docs/index.html"

# Renew the stub on purpose: look at the difference, then commit it.
stub: build
	$(BIN)/python -m nanobind.stubgen --quiet --module globular._native --output-file src/globular/_native.pyi

# Deliberate breakages, each of which must turn a law red.
mutants: build $(VENV)/.checks
	$(BIN)/python tests/mutants.py

# Libraries to measure beside, in an environment of their own; what does not install is said and left out.
$(VENV)-bench/.installed: constraints.txt pyproject.toml benchmarks/install.py
	@echo "setting up the rivals in $(VENV)-bench: once, a minute or two"
	@$(PYTHON) -m venv --clear $(VENV)-bench
	@$(BIN)/python benchmarks/install.py $(VENV)-bench/bin/python
	@touch $@

bench: build $(VENV)-bench/.installed
	$(BIN)/python -m benchmarks --write

bench-quick: build $(VENV)-bench/.installed
	$(BIN)/python -m benchmarks --quick

# Renew the prices by which the core chooses how to make an E-step, on a machine that does nothing else.
calibrate: build
	$(BIN)/python -m benchmarks.calibrate
	$(BIN)/clang-format -i native/assign/work_table.hpp

clean:
	rm -rf $(VENV)/.built $(VENV)/.checks $(VENV)/.docs build docs/_generated demo dist \
	  .mypy_cache .ruff_cache .pytest_cache .hypothesis

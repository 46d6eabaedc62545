# The front door. `make` alone says what there is; CONTRIBUTING.md says more.
#   PYTHON=python3.12   the CPython to build for and test with (default: python3)
#   ARGS=...            more arguments for pytest, the demo or the benchmark

PYTHON ?= python3
TAG := $(shell $(PYTHON) scripts/python-tag)
ifeq ($(TAG),)
$(error PYTHON=$(PYTHON) is no CPython that can be used here)
endif

# A variant is a build beside the ordinary one: empty, -asan or -faults.
VARIANT ?=
VENV ?= .venv/$(TAG)$(VARIANT)
BUILD ?= .build/$(TAG)$(VARIANT)
TOOLS ?= .venv/tools

PY := $(VENV)/bin/python
PIP := -W ignore -m pip --disable-pip-version-check install -qq
SOURCES := CMakeLists.txt pyproject.toml $(wildcard src/* src/*/*.[ch] python/midflight/*.py*)
SETTINGS := build-dir=$(BUILD) cmake.define.MIDFLIGHT_WERROR=ON cmake.define.MIDFLIGHT_TESTING=ON

ifneq ($(filter %d,$(TAG))$(filter -asan,$(VARIANT)),)
SETTINGS += cmake.build-type=Debug
endif
ifeq ($(VARIANT),-asan)
SETTINGS += cmake.define.MIDFLIGHT_SANITIZE=address,undefined
RUN := env LD_PRELOAD="$(shell $(or $(CC),cc) -print-file-name=libasan.so)" PYTHONMALLOC=malloc \
       ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1 \
       MIDFLIGHT_TEST_TIMEOUT=$${MIDFLIGHT_TEST_TIMEOUT:-240}
endif
ifeq ($(VARIANT),-tsan)
SETTINGS += cmake.define.MIDFLIGHT_SANITIZE=thread
RUN := env LD_PRELOAD="$(shell $(or $(CC),cc) -print-file-name=libtsan.so)" \
       TSAN_OPTIONS="die_after_fork=0 report_thread_leaks=0 history_size=4" \
       MIDFLIGHT_TEST_TIMEOUT=$${MIDFLIGHT_TEST_TIMEOUT:-240}
endif
ifeq ($(VARIANT),-faults)
SETTINGS += cmake.define.MIDFLIGHT_FAULTS=ON
endif

.PHONY: help setup demo test test-all packages check format asan tsan faults try-faults debug soak bench fuzz clean

help:
	@sed -n 's/^## //p' Makefile

## make setup      everything that is missing: system packages (or the command to give), .venv/, midflight in it
setup: $(VENV)/.installed

## make demo       a running process takes a new release of requests, under load
demo: setup
	$(PY) examples/demo.py $(ARGS)

## make test       the tests, in PYTHON
test: setup
	$(RUN) $(PY) -m pytest $(ARGS)

## make test-all   the tests, in every supported CPython that is found here
test-all:
	@PYTHON=$(PYTHON) scripts/test-all $(MAKE) --no-print-directory

## make check      format, lint, layers, exported symbols
check: setup $(TOOLS)/.made
	@$(TOOLS)/bin/clang-format --dry-run --Werror $(wildcard src/*/*.[ch] fuzz/*.[ch] examples/*.c)
	$(TOOLS)/bin/ruff check -q
	$(TOOLS)/bin/ruff format -q --check
	$(PY) scripts/check-layers
	$(PY) scripts/check-symbols

## make packages   every pinned step between releases of real packages, and the table of them (some hours)
packages: setup
	$(PY) -m tests.packages.table $(ARGS)

## make format     put C and Python sources into the form that check asks for
format: $(TOOLS)/.made
	@$(TOOLS)/bin/clang-format -i $(wildcard src/*/*.[ch] fuzz/*.[ch] examples/*.c)
	$(TOOLS)/bin/ruff check -q --fix-only
	$(TOOLS)/bin/ruff format -q

## make asan       the tests with AddressSanitizer and UBSan
asan:
	@$(MAKE) --no-print-directory test VARIANT=-asan

## make tsan       the tests that have threads, with ThreadSanitizer (CPython's own code is not seen, its locks are)
THREADED := tests/test_rollback.py tests/test_vault.py tests/test_protect.py tests/test_probation.py tests/isolation tests/soak
tsan:
	@$(MAKE) --no-print-directory test VARIANT=-tsan ARGS="-q $(or $(ARGS),$(THREADED))"

## make faults     each allocation (malloc too) and system call fails once, a signal at each step; ARGS="--scenarios live"
faults:
	@$(MAKE) --no-print-directory try-faults VARIANT=-faults
try-faults: setup
	$(PY) -m tests.faults.every $(ARGS)

## make debug      the tests in a debug build of CPython, its assertions on
debug:
	@python=$$(scripts/debug-python) && $(MAKE) --no-print-directory test PYTHON=$$python

## make soak       threads at full speed across upgrades for ten minutes; FOR=3600 for an hour
soak:
	@MIDFLIGHT_SOAK=$(or $(FOR),600) $(MAKE) --no-print-directory test ARGS="tests/soak -q"

## make bench      the benchmarks
bench: setup
	$(PY) bench/run.py $(ARGS)

## make fuzz       the parsers of src/disk under libFuzzer, a minute; needs clang; EACH=60: seconds for each target
fuzz: setup
	@fuzz/run $(PY) $(BUILD)-fuzz $(or $(EACH),15)

## make clean      away with everything that was made here
clean:
	rm -rf .venv .build

# The environment, and midflight in it: each is a stamp, so that nothing is done twice. The folders among the sources
# are there for the file that is removed.
$(VENV)/.made: pyproject.toml scripts/setup-system scripts/requirements
	scripts/setup-system $(PYTHON)
	$(PYTHON) -m venv $(VENV)
	$(PY) scripts/requirements build-system build test | xargs $(PY) $(PIP)
	@touch $@

$(VENV)/.installed: $(VENV)/.made $(SOURCES)
	$(PY) $(PIP) --no-build-isolation --no-deps --force-reinstall $(SETTINGS:%=--config-settings=%) .
	@touch $@

$(TOOLS)/.made: pyproject.toml scripts/requirements
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python scripts/requirements check | xargs $(TOOLS)/bin/python $(PIP)
	@touch $@

# make demo | test | check | real | bench: each makes its environment first, from the hashed lock.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: help install demo test lint check audit real bench bench-counters bench-wild generate lock clean

help:
	@echo "make demo      a night on the demonstration office, in ./demo-home"
	@echo "make test      all tests, offline"
	@echo "make check     the tests, then the linters and the type checker"
	@echo "make audit     every attack of tests/security, the slow ones too (docs/security.md)"
	@echo "make real      a night on the real files of ../shared/data, where they are"
	@echo "make bench     speed and memory beside DuckDB alone (docs/performance.md)"
	@echo "make bench-counters  noticing, estimating and comparing, on real counts (docs/counters.md, bench/counters/COUNTERS.md)"
	@echo "make bench-wild  wild workbooks and CSV with known truth: nothing may be read wrong in silence"
	@echo "make generate  docs/office-file.md and the JSON Schema, from the models"
	@echo "make lock      requirements.lock, from pyproject.toml"

install: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	@# The lock is whole: nothing is resolved again (pip does not know a pin by its extras), then all is checked.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m pip check --disable-pip-version-check
	@# Some machines set PYTHONDONTWRITEBYTECODE: without compiled modules every start takes half a minute.
	$(BIN)/python -m compileall -q -j 0 $(VENV)/lib >/dev/null || true
	@touch $@

demo: $(INSTALLED)
	$(BIN)/vigie demo --home demo-home

test: $(INSTALLED)
	$(BIN)/python -m pytest

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: test lint

audit: $(INSTALLED)
	@rm -f build/audit.jsonl
	$(BIN)/python -m pytest tests/security tests/flows/test_kill.py tests/sources/test_broken_templates.py tests/sources/test_page.py tests/demo/test_browsing.py -m "audit or not audit"
	@cat build/audit.jsonl

real: $(INSTALLED)
	$(BIN)/python -m tests.real_night

bench: $(INSTALLED)
	$(BIN)/python -m bench

bench-counters: $(INSTALLED)
	$(BIN)/python -m bench.counters

bench-wild: $(INSTALLED)
	$(BIN)/python -m bench.wild

generate: $(INSTALLED)
	$(BIN)/python -m docs.generate

lock:
	$(PYTHON) -m venv build/lock && build/lock/bin/python -m pip install --quiet uv
	build/lock/bin/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) build *.egg-info demo-home bench/work

# Every target does its own set-up; `make night` and `make test` work in a fresh clone.
.PHONY: night test check bench dagster clean
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/ready

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

night: $(READY)
	$(VENV)/bin/pib night --days 14

test: $(READY)
	$(VENV)/bin/python -m pytest

check: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/pyright
	$(VENV)/bin/lint-imports

bench: $(READY)
	$(VENV)/bin/python -m bench.manifest --data ../shared/notices
	$(VENV)/bin/python -m bench.consortium --members 200 2000 --lots 160
	OMP_NUM_THREADS=1 $(VENV)/bin/python -m bench.fit --data ../shared/benchmarks/decp2019

dagster: $(READY)
	$(VENV)/bin/pib dagster

clean:
	rm -rf $(VENV) data

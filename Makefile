# Every target does its own set-up; `make night` and `make test` work in a fresh clone.
# `make night` installs what a night needs (requirements/night.txt), every other target the development tools as well.
.PHONY: night test check bench dagster audit lock clean
PYTHON ?= python3
VENV := .venv
NIGHT := $(VENV)/ready-night
DEV := $(VENV)/ready-dev
UV := $(shell command -v uv 2>/dev/null)

# uv where present; else pip fetches one into a folder that goes again, for pip itself takes ten times as long. Where that
# uv reaches no index (one that only pip's configuration names), pip installs all. Neither compiles what it installs, which
# saves 300 MB of bytecode never run. A uv that is present fetches the CPU build of torch by itself; pip takes the build
# its index serves.
PIP := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile
ifneq ($(UV),)
INSTALL := $(UV) pip install --quiet --python $(VENV)/bin/python
LOCKED = $(INSTALL) --no-deps --require-hashes --requirement $(1)
TORCH := $(INSTALL) --torch-backend cpu --requirement requirements/torch.txt
else
INSTALL := $(PIP)
FETCHED := $(VENV)/fetched-uv
LOCKED = { $(PIP) --no-deps --require-hashes --target $(FETCHED) --requirement requirements/uv.txt \
	&& $(FETCHED)/bin/uv pip install --quiet --python $(VENV)/bin/python --no-deps --require-hashes --requirement $(1) \
	|| $(PIP) --no-deps --require-hashes --requirement $(1); } && rm -rf $(FETCHED)
TORCH := $(PIP) --requirement requirements/torch.txt
endif
PROJECT := $(INSTALL) --no-deps --no-build-isolation --editable .

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(NIGHT): pyproject.toml requirements/night.txt requirements/torch.txt | $(VENV)/bin/python
	$(call LOCKED,requirements/night.txt)
	$(TORCH)
	$(PROJECT)
	touch $@

$(DEV): pyproject.toml requirements/dev.txt requirements/torch.txt | $(VENV)/bin/python
	$(call LOCKED,requirements/dev.txt)
	$(TORCH)
	$(PROJECT)
	touch $@ $(NIGHT)

night: $(NIGHT)
	$(VENV)/bin/pib night --days 14

dagster: $(NIGHT)
	$(VENV)/bin/pib dagster

test: $(DEV)
	$(VENV)/bin/python -m pytest

check: $(DEV)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/pyright
	$(VENV)/bin/lint-imports
	$(VENV)/bin/python tools/check_names.py
	$(VENV)/bin/python tools/check_docstrings.py
	$(VENV)/bin/python tools/check_references.py

bench: $(DEV)
	$(VENV)/bin/python -m bench.manifest --data ../shared/notices
	$(VENV)/bin/python -m bench.consortium --members 200 2000 --lots 160

# Known vulnerabilities of the locked versions. Fails where the network reaches no advisory database, or not for all.
audit: $(DEV)
	$(VENV)/bin/pip-audit --strict --no-deps --disable-pip \
		--requirement requirements/night.txt --requirement requirements/torch.txt

lock:
	$(PYTHON) -m venv $(VENV)/lock
	$(VENV)/lock/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'
	$(VENV)/lock/bin/python requirements/lock.py

clean:
	rm -rf $(VENV) data

# What a newcomer, a developer and CI do. Needs Python 3.11 or newer with venv (Debian: apt install python3-venv make), nothing else.
PORT ?= 8000
SMTP_PORT ?= 2525
STRICT ?=
PG ?= 18
ARGS ?=

PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13 python3.14; do \
	$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --require-hashes --no-deps --no-build-isolation --use-pep517
UV := $(BIN)/uv pip compile --quiet --system-certs --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
# the operator's own settings of Python and pip must not lead an installation elsewhere
unexport PYTHONPATH PYTHONHOME PIP_TARGET PIP_PREFIX PIP_REQUIRE_HASHES
export PIP_USER := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# two makes side by side take turns where the system has flock(1)
ALONE := $(if $(shell command -v flock),flock Makefile)
CI_PACKAGES := chromium neomutt fonts-dejavu-core fonts-liberation fonts-noto-color-emoji fonts-noto-cjk

.DEFAULT_GOAL := help
.PHONY: help setup run test lint browser fuzz fuzz-api bench-pages bench-reading lock docs clean ci-packages dev

help: ## list what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

setup: ## make .venv/bin/helpdesk and nothing else
	@$(ALONE) $(MAKE) --silent --no-print-directory .venv/setup.done

run: setup ## start everything with demo data: make run [PORT=8000] [SMTP_PORT=2525]
	@exec $(BIN)/helpdesk serve --demo --port $(PORT) --smtp-port $(SMTP_PORT)

test: lint ## the linters and the whole suite: make test [STRICT=1: no skips] [PG=16] [ARGS='-k word']
	HELPDESK_TEST_PG=$(PG) $(BIN)/python -m pytest -n 2 --dist loadgroup $(if $(filter 1,$(STRICT)),--strict-peers) $(ARGS)

lint: dev ## ruff, mypy, import rules
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

dev: setup
	@$(ALONE) $(MAKE) --silent --no-print-directory .venv/dev.done

browser: dev ## every core flow at every width, light and dark, with a script and without
	$(BIN)/python -m pytest tests/browser -m "browser or slow" $(ARGS)

fuzz: dev ## 20,000 spoiled mails through the reader, 2,000 all the way: make fuzz [ARGS='--seed N --only NUMBER']
	$(BIN)/python -m tests.fuzz --rounds 20000 $(ARGS)

fuzz-api: dev ## the API against its own description, at length: make fuzz-api [ARGS='--seed N --as bob']
	$(BIN)/python -m tests.fuzz.api --examples 200 $(ARGS)

bench-pages: dev ## what the desk's pages cost at 10,000, 100,000 and 1,000,000 tickets: make bench-pages [ARGS='--sizes 100000']
	$(BIN)/python -m tests.bench.pages $(ARGS)

bench-reading: dev ## what reading and cutting a mail costs
	$(BIN)/python -m tests.bench.reading

lock: setup ## choose the newest versions anew and write them down with their hashes
	$(BIN)/python -m pip install --quiet uv
	$(UV) --upgrade --group build --output-file requirements-build.lock
	$(UV) --upgrade --constraint requirements-build.lock --output-file requirements.lock pyproject.toml
	$(UV) --upgrade --constraint requirements-build.lock --constraint requirements.lock --group dev --output-file requirements-dev.lock

docs: dev ## make docs/settings.md and the README's pictures anew
	$(BIN)/python -m helpdesk.cli.settings_page > docs/settings.md
	$(BIN)/python -m tests.pictures docs/pictures

clean: ## remove what setup and test made; data in var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

ci-packages: ## the system's programs that STRICT=1 needs (Debian, as root)
	@missing=$$(for package in $(CI_PACKAGES); do dpkg -s $$package >/dev/null 2>&1 || echo $$package; done); \
	[ -z "$$missing" ] || { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $$missing; }

# .venv/unfinished stays behind when we are killed, and a directory that was moved has scripts that point to where it was:
# both begin from nothing
ifneq ($(shell cat .venv/setup.done 2>/dev/null || echo $(CURDIR)),$(CURDIR))
$(shell mv .venv/setup.done .venv/unfinished)
endif

.venv/setup.done: requirements-build.lock requirements.lock pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo 'Python 3.11 or newer with venv is missing. Debian: apt install python3-venv make' >&2; exit 1; }
	@[ ! -e .venv/unfinished ] || rm -rf .venv
	@mkdir -p .venv && touch .venv/unfinished && rm -f .venv/setup.done .venv/dev.done
	@echo 'installing into .venv (once; about a minute)' >&2
	@$(PYTHON) -m venv .venv
	@$(PIP) -r requirements-build.lock
	@$(PIP) -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@rm .venv/unfinished && echo '$(CURDIR)' > $@

.venv/dev.done: .venv/setup.done requirements-dev.lock
	@touch .venv/unfinished
	@$(PIP) -r requirements-dev.lock
	@rm .venv/unfinished && touch $@

# Thin: what each target does stands in pyproject.toml and scripts/.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Three processes for two cores, because a fifth of their time they wait (for a browser, a
# database); whole files to each, in the order of their names: the long ones come before the many
# short ones, so that no core waits for another.
PROCESSES ?= $(shell echo $$(( ($$(nproc) * 3 + 1) / 2 )))
PARALLEL ?= --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder
# What is compiled once is kept: the tests start Python some hundred times.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help test test-unit test-browser lint collect system-packages translations \
	settings-reference clean

help: ## Show this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 22

$(VENV)/.test: pyproject.toml setup.cfg
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test]'
	touch $@

test: $(VENV)/.test ## Run everything: lint, types, floors, all tests, on a second host too
	$(MAKE) --jobs lint collect system-packages
	$(BIN)/pytest $(PARALLEL)
	TEST_HOST=own $(BIN)/pytest $(PARALLEL) tests/databases/test_tables.py tests/functional tests/unit/services

# Compiles the tests on one core while types are checked on another; what fails is told by `test`.
collect: $(VENV)/.test
	-$(BIN)/pytest --collect-only --quiet >/dev/null

lint: $(VENV)/.test ## Lint, format, types, floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# What no package index has (a browser, a database server): each script says what it wants.
system-packages:
	@set -e; for script in scripts/install_*.sh; do "$$script"; done

test-unit: $(VENV)/.test ## Only the quick tests
	$(BIN)/pytest tests/unit

test-browser: $(VENV)/.test system-packages ## Only the tests in a browser
	$(BIN)/pytest tests/browser

translations: $(VENV)/.test ## Extract, merge and compile the catalogs
	$(BIN)/python scripts/translations.py

settings-reference: $(VENV)/.test ## Write docs/reference/settings.md anew
	$(BIN)/python scripts/settings_reference.py

clean: ## Remove what was built, and the environment
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

-include example_app/demo.mk
-include tests/soak/soak.mk
-include benchmarks/bench.mk
-include scripts/packaging.mk
-include scripts/screenshots.mk

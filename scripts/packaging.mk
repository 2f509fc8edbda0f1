# Building, and trying in other places; not a part of `make test`. The Makefile includes this.
ONLY ?=

.PHONY: dist matrix hosts docs reference

dist: $(VENV)/.test ## Build sdist and wheel, the same bytes each time (dist/)
	$(BIN)/python scripts/dist.py dist

matrix: $(VENV)/.test ## Test the corners of what is supported, each in an environment (ONLY=name)
	$(BIN)/python scripts/matrix.py $(ONLY) -- --numprocesses auto --dist loadfile tests/unit tests/functional

hosts: $(VENV)/.test system-packages ## Install the wheel into other people's applications (ONLY=talisman)
	nice -n 10 $(BIN)/pytest -v -s --durations=0 $(if $(ONLY),-k "$(ONLY)") tests/hosts/other_hosts.py

docs: $(VENV)/.test ## Build the documents as pages (build/docs), without a warning
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --site-dir build/docs
	@echo "build/docs/index.html"

reference: $(VENV)/.test ## Write the pages of docs/reference/ that come from the code
	$(BIN)/python scripts/settings_reference.py
	$(BIN)/python -m scripts.reference

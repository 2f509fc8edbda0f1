# Pictures of the pages; not a part of `make test`.
ONLY ?=

.PHONY: screenshots

screenshots: $(VENV)/.test system-packages ## Picture every page in every state (build/screenshots; ONLY=rtl for some)
	$(BIN)/python -m scripts.screenshots $(if $(ONLY),--only $(ONLY))
	$(if $(ONLY),,$(BIN)/python -m scripts.take_pictures)

# The demo: `make demo` serves the example application, `make demo-reset` serves it anew.
# The Makefile includes this; PYTHON, VENV and BIN are its.
.PHONY: demo demo-reset demo-remind demo-newsletter

# A log and not --quiet: where the installation fails, all of it is shown.
$(VENV)/.demo: pyproject.toml setup.cfg
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the demo into $(VENV); this takes a minute, once."
	@$(BIN)/pip install --disable-pip-version-check -e '.[demo]' > $(VENV)/demo.log 2>&1 \
	  || { cat $(VENV)/demo.log >&2; exit 1; }
	@touch $@

# exec, so that Ctrl-C and SIGTERM reach the demo itself.
demo: $(VENV)/.demo ## Serve the example at http://127.0.0.1:8080 (PORT=... for another)
	@exec $(BIN)/python -m example_app

demo-reset: $(VENV)/.demo ## Remove the demo's data and serve it anew
	@exec $(BIN)/python -m example_app --reset

demo-remind: $(VENV)/.demo ## Mail the demo's reminders, as cron would do it each morning
	@exec $(BIN)/flask --app example_app studio remind

demo-newsletter: $(VENV)/.demo ## Mail the demo's newsletter to its marketing list, once a month
	@exec $(BIN)/flask --app example_app studio newsletter

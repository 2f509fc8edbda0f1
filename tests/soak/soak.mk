# The long form of tests/databases; not a part of `make test`.
SOAK_OPERATIONS ?= 20000
SOAK_KILLS ?= 1000
SOAK_CASES ?= 50000

.PHONY: soak soak-mail soak-api

soak: $(VENV)/.test system-packages ## Race and compare for long on three engines (SOAK_OPERATIONS=20000)
	SOAK_OPERATIONS=$(SOAK_OPERATIONS) $(BIN)/pytest -v --durations=0 tests/soak/soak_services.py
	SOAK_KILLS=$(SOAK_KILLS) $(BIN)/pytest -v -s --durations=0 tests/soak/soak_mail.py
	SOAK_CASES=$(SOAK_CASES) $(BIN)/pytest -v -s --durations=0 tests/soak/soak_api.py

soak-mail: $(VENV)/.test system-packages ## Kill drainers on three engines, count at the mail server (SOAK_KILLS=1000)
	SOAK_KILLS=$(SOAK_KILLS) $(BIN)/pytest -v -s --durations=0 tests/soak/soak_mail.py

soak-api: $(VENV)/.test ## Call the REST API with what fits and what does not (SOAK_CASES=50000)
	SOAK_CASES=$(SOAK_CASES) $(BIN)/pytest -v -s --durations=0 tests/soak/soak_api.py

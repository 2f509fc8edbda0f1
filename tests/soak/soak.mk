# The long form of tests/databases; not a part of `make test`.
SOAK_OPERATIONS ?= 20000
SOAK_KILLS ?= 1000

.PHONY: soak soak-mail

soak: $(VENV)/.test system-packages ## Race and compare for long on three engines (SOAK_OPERATIONS=20000)
	SOAK_OPERATIONS=$(SOAK_OPERATIONS) $(BIN)/pytest -v --durations=0 tests/soak/soak_services.py
	SOAK_KILLS=$(SOAK_KILLS) $(BIN)/pytest -v -s --durations=0 tests/soak/soak_mail.py

soak-mail: $(VENV)/.test system-packages ## Kill drainers on three engines, count at the mail server (SOAK_KILLS=1000)
	SOAK_KILLS=$(SOAK_KILLS) $(BIN)/pytest -v -s --durations=0 tests/soak/soak_mail.py

# The long form of tests/databases; not a part of `make test`.
SOAK_OPERATIONS ?= 20000

.PHONY: soak mariadb
mariadb:
	scripts/install_mariadb.sh

soak: $(VENV)/.test mariadb ## Race and compare for long on three engines (SOAK_OPERATIONS=20000)
	SOAK_OPERATIONS=$(SOAK_OPERATIONS) $(BIN)/pytest -v --durations=0 tests/soak/soak_services.py

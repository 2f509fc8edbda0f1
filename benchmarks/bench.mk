# Not a part of `make test`: a machine that does other things measures those.
BENCH_MAILS ?= 10000

.PHONY: bench-mail
bench-mail: $(VENV)/.test ## Measure how fast mail is written and delivered (BENCH_MAILS=10000)
	BENCH_MAILS=$(BENCH_MAILS) $(BIN)/python -m benchmarks.mail

.PHONY: bench-portal
bench-portal: $(VENV)/.test ## Measure a list of the portal against a bare Flask page
	$(BIN)/python -m benchmarks.portal

BENCH_ROWS ?= 100000

.PHONY: bench-import
bench-import: $(VENV)/.test ## Measure an import against executemany and COPY (BENCH_ROWS=100000)
	BENCH_ROWS=$(BENCH_ROWS) $(BIN)/python -m benchmarks.imports

.PHONY: bench
bench: bench-contacts bench-portal bench-import bench-mail ## Measure everything, one after the other

BENCH_CONTACTS ?= 1000000

.PHONY: bench-contacts
bench-contacts: $(VENV)/.test ## Measure the pages on contacts among a million (BENCH_CONTACTS=1000000)
	BENCH_CONTACTS=$(BENCH_CONTACTS) $(BIN)/python -m benchmarks.contacts

.PHONY: bench-api
bench-api: $(VENV)/.test ## Measure the REST API's lists among a million contacts (BENCH_CONTACTS=1000000)
	BENCH_CONTACTS=$(BENCH_CONTACTS) $(BIN)/python -m benchmarks.api

.PHONY: bench-start
bench-start: $(VENV)/.test ## Measure what the package adds to the start of a process
	$(BIN)/python -m benchmarks.start

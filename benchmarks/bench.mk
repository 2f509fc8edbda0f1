# Not a part of `make test`: a machine that does other things measures those.
BENCH_MAILS ?= 10000

.PHONY: bench-mail
bench-mail: $(VENV)/.test ## Measure how fast mail is written and delivered (BENCH_MAILS=10000)
	BENCH_MAILS=$(BENCH_MAILS) $(BIN)/python -m benchmarks.mail

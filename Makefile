# Thin over packaging/bootstrap.py, which Windows users call directly: py packaging/bootstrap.py test
PYTHON ?= python3
ARGS ?=
RUN = @$(PYTHON) packaging/bootstrap.py $@ $(ARGS)

.PHONY: demo test lint prove bench soak translations lock setup

demo:
	$(RUN)

test:
	$(RUN)

lint:
	$(RUN)

prove:
	$(RUN)

bench:
	$(RUN)

soak:
	$(RUN)

translations:
	$(RUN)

lock:
	$(RUN)

setup:
	$(RUN)

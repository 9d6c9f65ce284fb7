# Thin over packaging/bootstrap.py, which Windows users call directly: py packaging/bootstrap.py test
PYTHON ?= python3
ARGS ?=

.PHONY: demo test lint prove bench soak lock setup
demo test lint prove bench soak lock setup:
	@$(PYTHON) packaging/bootstrap.py $@ $(ARGS)

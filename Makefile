# The two commands a newcomer needs: `make demo` and `make test`. Both create .venv and install into it.

PYTHON ?= python3
# DVC starts the stages with the `python` on the path: it has to be the environment's.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Threads are set where they help; nested pools only slow two cores down.
export NUMBA_CACHE_DIR ?= $(CURDIR)/.venv/numba

# To compile 17,000 modules takes half of an installation. So Python does it for those that it imports, and keeps them.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test

# The photographs come first; the rivals, the yardstick and the report that need them not come after.
demo: .venv/installed
	sims pipeline run synthesize
	sims results show -o data/photographs.png
	@echo "The first photographs:  $(CURDIR)/data/photographs.png"
	@echo
	sims pipeline run
	@echo
	@echo "Done. Open the report:  $(CURDIR)/data/report/index.html"

# Two test processes share the cores: threads that wait for each other should sleep, not spin.
test: export GOMP_SPINCOUNT ?= 1000
test: .venv/installed
	@test -x /usr/bin/chromium || echo "No Chromium: tests of pages in a browser are skipped (Debian: apt-get install chromium)."
	python -m pytest -n 2 --dist worksteal

.venv/installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: Python 3.11 or newer is needed, found " + sys.version.split()[0])'
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --upgrade pip
	.venv/bin/python -m pip install --quiet --no-compile -e ".[dev]"
	@touch $@

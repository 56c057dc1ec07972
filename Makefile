# What a developer runs. `.ci/run` calls check, test and test-long.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && break; done)
VENV ?= .venv
BIN = $(VENV)/bin
# Kept, whatever the image says: the tests start commands by the hundred.
export PYTHONDONTWRITEBYTECODE =

.PHONY: all check test test-long bench audit pictures clean
all: check test

$(VENV)/.ready: requirements-dev.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

check: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy hooks/hook.py hooks/start.py hooks/bytecode.py hooks/rescue.py
	$(BIN)/shellcheck -x install.sh hooks/run hooks/common bin/cheaproute .ci/run

# One client, one Python: ten minutes at most on two cores, of which three workers leave none idle
# while a client is waited for.
test: $(VENV)/.ready
	$(BIN)/python -m pytest -q -n 3 --dist loadgroup -m "not long" $(ARGS)

# Other clients and Pythons, kills, loads, a PostgreSQL of its own: forty minutes at most.
test-long: $(VENV)/.ready
	$(BIN)/python -m pytest -q -n 3 --dist loadgroup -m long --timeout=900 $(ARGS)

bench: $(VENV)/.ready
	$(BIN)/python -m bench

# Known vulnerabilities of what is pinned; asks PyPI, and fails where PyPI could not say. The hashes
# say that it is what was audited. A mirror that tells of newest versions alone is asked for those.
AUDIT = $(BIN)/pip-audit --strict --disable-pip --require-hashes --requirement
audit: $(VENV)/.ready
	for lock in requirements.lock requirements-dev.lock; do \
		$(AUDIT) $$lock || $(BIN)/python -m tools.audit $$lock || exit; done

# What the README shows, drawn anew from made data.
pictures: $(VENV)/.ready
	$(BIN)/python -m tools.pictures
	$(BIN)/python -m tools.readme_tables

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

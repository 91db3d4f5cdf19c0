PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed
RAY := .venv/ray
ESLINT := tests/javascript/node_modules/installed

.PHONY: app test lint browser postgresql benchmarks

app: $(INSTALLED)
	$(BIN)/streamlit run app.py

# The tests of a file stay together and the files keep their order: the last ones are quick, so that none is waited for.
test: $(INSTALLED) $(RAY) $(ESLINT) browser postgresql lint
	$(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# The packages of requirements.txt, installed again only when that file changes.
$(INSTALLED): requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

# Ray, for tests/test_experiment_ray.py. Where it cannot be had, that test says that it was skipped.
$(RAY): requirements-ray.txt | $(INSTALLED)
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $< && touch $@

# ESLint, for tests/test_javascript.py. Where npm's registry cannot be reached, that test says what it did without.
$(ESLINT): tests/javascript/package-lock.json | $(INSTALLED)
	-$(BIN)/npm ci --prefix tests/javascript --no-audit --no-fund --fetch-retries=0 && touch $@

# The browser tests need Chromium: from the system's packages where there is the right to install them.
browser:
	@command -v chromium >/dev/null || sh .ci/install-packages chromium fonts-liberation fonts-dejavu-core

# The tests on PostgreSQL start a cluster of their own from its programs.
postgresql:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || \
		sh .ci/install-packages postgresql

benchmarks: $(INSTALLED)
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

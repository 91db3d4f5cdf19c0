PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed

.PHONY: app test lint browser benchmarks

app: $(INSTALLED)
	$(BIN)/streamlit run app.py

test: $(INSTALLED) browser lint
	$(BIN)/python -m pytest

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# The packages of requirements.txt, installed again only when that file changes.
$(INSTALLED): requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

# The browser tests need Chromium: from the system's packages where there is the right to install them.
browser:
	@command -v chromium >/dev/null || sh .ci/install-chromium

benchmarks: $(INSTALLED)
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

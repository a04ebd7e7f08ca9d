# Guildmark from a checkout: everything runs in its own virtual environment, made here and nowhere else.
# Another place for it: make VENV=/somewhere/venv … ; another interpreter: make PYTHON=python3.13 …

VENV ?= .venv
PYTHON ?=
DEMO := guildmark-demo
PORT ?=
BUILT := portal/static/built/.stamp
WORKERS ?= 4
MINUTES ?= 10
KILLS ?= 500
ONLY ?=
JOBS ?= 2
KEEP ?=
FUZZ_EXAMPLES ?= 10000
OPENAPI_EXAMPLES ?= 100

BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PINNED := $(PIP_INSTALL) --require-hashes --only-binary :all: --requirement
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
	pyproject.toml requirements/build.in

# Without compiled files beside the sources, every process of a test run would compile them again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help browser demo serve test long journeys conformance fuzz chaos migrations-load bench bench-pages pictures lint format lock sbom clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

browser: $(BUILT) ## Build what runs in the visitor's browser: the reader of QR codes, the check without us (needs npm)

demo: $(VENV)/.installed $(BUILT) ## Issue, export, revoke and verify the example program's credentials; for another PORT (8000)
	$(BIN)/guildmark demo --output $(DEMO) --base-url http://localhost:$(or $(PORT),8000)

# What the demo signed names its address, so another port is another demo.
serve: $(VENV)/.installed $(BUILT) | $(DEMO)/home ## Start the web server on the demo's data, at the port it was made for
	@if [ -n '$(PORT)' ] && ! grep -q '^base_url = "http://localhost:$(PORT)"' $(DEMO)/home/guildmark.toml; then \
		echo 'The demo in $(DEMO) was made for another port, which its badges name. Make it anew: make demo PORT=$(PORT)'; \
		exit 1; \
	fi
	$(BIN)/guildmark serve --home $(DEMO)/home

test: $(VENV)/.installed-test $(BUILT) ## Run the tests, but those that take long or need peers; in a browser, a stranger's road
	$(BIN)/python -m pytest -n auto --maxprocesses $(WORKERS) --dist worksteal -m 'not slow and not peer and (not browser or road)'
	@echo 'The tests that take long: make long; the journeys in a browser: make journeys'

long: $(VENV)/.installed-test $(BUILT) ## Run the tests that take long: others' libraries as judges, crashes at every step, pages with many rows
	$(BIN)/python -m pytest -n auto --maxprocesses $(WORKERS) --dist worksteal -m '(slow or peer) and not browser'

# One file after the other for each worker: a file's company and its browser are made once. Who drives a browser waits a
# lot, so there are more workers than cores.
journeys: $(VENV)/.installed-test $(BUILT) ## Run everybody's journeys in a browser
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m 'browser and not road' tests/journeys

conformance: $(VENV)/.installed-test ## Ask the standards’ vectors, statements and peers; writes docs/conformance.md
	$(BIN)/python -m tests.conformance

fuzz: $(VENV)/.installed-test ## Fuzz every parser for MINUTES (10) together, then random documents and requests; ONLY='pngs svgs' those alone
	$(BIN)/python -m tests.fuzz --minutes $(MINUTES) --jobs $(JOBS) $(if $(KEEP),--keep) $(if $(ONLY),--only $(ONLY))
ifeq ($(ONLY),)
	FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(BIN)/python -m pytest tests/credentials/test_roads.py tests/credentials/test_parts.py tests/credentials/templates \
		tests/verifier/test_never_raises.py \
		-k 'test_documents or test_filling_makes or test_what_is_filled or test_any_json_in_any_place' --hypothesis-profile fuzz -n 2
	OPENAPI_EXAMPLES=$(OPENAPI_EXAMPLES) $(BIN)/python -m pytest tests/portal/test_openapi.py -m slow
endif

chaos: $(VENV)/.installed-test ## Kill processes KILLS times (500), storms of MINUTES (10) at most, audit all; QUICK=1 in a minute, ONLY=part
	MINUTES=$(MINUTES) KILLS=$(KILLS) QUICK=$(QUICK) ONLY=$(ONLY) $(BIN)/python -m tests.chaos

migrations-load: $(VENV)/.installed-test ## Every migration up and down on PostgreSQL with ROWS (1,000,000) rows, others at work; status 1 if one waits for a second
	ROWS=$(ROWS) $(BIN)/python -m tests.migrations_load

bench: $(VENV)/.installed-test ## Measure speed beside other software: LINES='1 2' some lines, QUICK=1 in a minute, FULL=1 all
	QUICK=$(QUICK) FULL=$(FULL) $(BIN)/python -m tests.bench $(LINES)

bench-pages: $(VENV)/.installed-test ## Measure every page: 100,000 PEOPLE, 1,000,000 CREDENTIALS on PostgreSQL (filled once: some minutes)
	PEOPLE=$(PEOPLE) CREDENTIALS=$(CREDENTIALS) REPEAT=$(REPEAT) $(BIN)/python -m tests.bench.pages_load $(PAGES)

pictures: $(VENV)/.installed-test $(BUILT) | $(DEMO)/home ## Take the README's pictures from the demo
	$(BIN)/python docs/take_pictures.py

lint: $(VENV)/.installed-quality ## Check style, types, the direction of imports, and the container file
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Containerfile

format: $(VENV)/.installed-quality ## Put the code into the house's form
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

lock: $(VENV)/.created ## Resolve the pinned requirements anew
	$(PIP_INSTALL) 'uv>=0.13'
	$(LOCK) --upgrade --output-file requirements/runtime.txt
	$(LOCK) --upgrade --extra test --constraints requirements/runtime.txt --output-file requirements/test.txt
	$(LOCK) --upgrade --extra test --extra quality --constraints requirements/test.txt \
		--output-file requirements/quality.txt

# Its tool has an environment of its own: what it needs is no part of what it lists.
sbom: ## List what is installed, as CycloneDX: build/sbom-python.json from the lock file, build/sbom-browser.json (needs npm)
	@mkdir -p build
	@test -x build/sbom-tool/bin/cyclonedx-py || { python3 -m venv build/sbom-tool && \
		build/sbom-tool/bin/python -m pip install --quiet --disable-pip-version-check 'cyclonedx-bom>=7.5,<8'; }
	build/sbom-tool/bin/cyclonedx-py requirements requirements/runtime.txt --pyproject pyproject.toml \
		--spec-version 1.6 --output-reproducible --output-file build/sbom-python.json
	cd portal/browser && npm sbom --package-lock-only --omit dev --sbom-format cyclonedx > ../../build/sbom-browser.json

clean: ## Remove the environment, the demo's data and everything else that was made here
	rm -rf portal/browser/node_modules portal/browser/.install.lock portal/static/built
	rm -rf $(VENV) $(DEMO) tests/peers/node_modules tests/peers/.install.lock tests/bench/node_modules
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# From packages of others, exactly those of the lock file; no script of theirs runs. Without npm the portal does without.
$(BUILT): portal/browser/package-lock.json portal/browser/build.mjs $(wildcard portal/browser/src/*.mjs)
	@echo 'Building what runs in the browser (some seconds, once)'
	@if (cd portal/browser && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && node build.mjs); then \
		touch $@; \
	else \
		echo 'It could not be built (it needs npm; Debian: nodejs, npm). The pages do without the camera and the check there.'; \
	fi

$(DEMO)/home:
	$(MAKE) demo

$(VENV)/.created:
	@found=; for candidate in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
		if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
			found=$$candidate; break; \
		fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo 'Guildmark needs Python 3.11 or newer and found none (looked for python3, python3.14 to python3.11).'; \
		echo 'Install it, or name it: make PYTHON=/path/to/python3.12'; \
		exit 1; \
	fi; \
	echo "Making a virtual environment in $(VENV) with $$("$$found" --version)"; \
	if ! "$$found" -m venv $(VENV); then \
		echo "$$found cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv"; \
		exit 1; \
	fi
	@touch $@

# The tests' requirements contain the runtime's, the quality tools' contain both: each stamp stands for its file.
$(VENV)/.installed: requirements/runtime.txt pyproject.toml | $(VENV)/.created
	@echo 'Installing the pinned packages and Guildmark itself (about half a minute, once)'
	@$(PINNED) requirements/runtime.txt
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-%: requirements/%.txt $(VENV)/.installed
	@echo 'Installing what the $* targets need'
	@$(PINNED) requirements/$*.txt
	@touch $@

# Guanxi: `make up` runs the whole system here, `make test` proves it, `make help` lists the rest.
# Everything is installed below this folder, at the versions and hashes of requirements/lock.txt.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
STATE := .guanxi
PACKAGES := $(patsubst %/pyproject.toml,%,$(wildcard services/*/pyproject.toml gateway/pyproject.toml local/pyproject.toml))
CODE := $(wildcard services gateway local tests k8s .ci)
TESTS ?= tests
# By file: what a file's tests share (a running system, imported data) is made once, not once a worker.
PYTEST ?= -n 2 --dist loadfile
SCHEMA := $(BIN)/python -m gateway.openapi | node web/scripts/schema.mjs

# Downloads are kept here, not in the caller's home.
export UV_CACHE_DIR := $(CURDIR)/$(STATE)/cache/uv
export PIP_CACHE_DIR := $(CURDIR)/$(STATE)/cache/pip
export npm_config_cache := $(CURDIR)/$(STATE)/cache/npm
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PYTHONPATH PYTHONHOME

##@ Run it

.PHONY: up
up:  ## Start everything on this machine; Ctrl-C stops it
	@$(MAKE) --jobs=2 venv web-packages
	@exec $(BIN)/python -m local up

.PHONY: down
down: venv  ## Stop what `make up` started, from another terminal
	@$(BIN)/python -m local down

.PHONY: status
status: venv  ## Show the processes and addresses of the running system
	@$(BIN)/python -m local status

.PHONY: demo
demo: venv  ## Make a new demo organization in the running system
	@$(BIN)/python -m local demo

##@ Prove it

.PHONY: test
test: venv browser  ## Run the tests (TESTS=tests/services PYTEST="-n 0 -x" for a part)
	@$(BIN)/python -m local web
	@$(BIN)/pytest $(PYTEST) -m "not soak" $(TESTS)

.PHONY: faults
faults: venv browser  ## Run the long tests: kill loops, off-line seeds, soaks
	@$(BIN)/pytest -n 0 -m soak --timeout 7200 $(TESTS)

.PHONY: bench
bench: venv  ## Print the benchmarks, as ratios to raw PostgreSQL in the same run
	@$(BIN)/python -m tests.load

.PHONY: check
check: venv  ## Check format, lint, types, imports, contracts, documentation, migrations and the web client
	@$(MAKE) --keep-going check-format check-lint check-types check-imports check-contracts check-docs check-migrations check-web check-audit

.PHONY: check-format check-lint check-types check-imports check-contracts check-docs check-migrations check-web check-audit
check-format: venv
	@echo "== format (ruff)"; $(BIN)/ruff format --check --quiet $(CODE) || { echo "remedy: make format"; exit 1; }
check-lint: venv
	@echo "== lint (ruff)"; $(BIN)/ruff check --quiet $(CODE)
check-types: venv
	@echo "== types (mypy)"; $(BIN)/mypy --no-error-summary $(foreach package,$(PACKAGES),$(wildcard $(package)/$(subst -,_,$(notdir $(package))))) $(wildcard tests)
check-imports: venv
	@echo "== imports (import-linter)"; $(BIN)/lint-imports --no-cache | sed -n '/^Analyzed/,$$p' | grep -v '^$$'
check-contracts: venv
	@echo "== contracts (buf)"; $(BIN)/python .ci/contracts.py
check-docs: venv
	@echo "== documentation links"; $(BIN)/python .ci/docs_links.py
check-migrations: venv
	@echo "== migrations (squawk)"; $(BIN)/python .ci/migrations.py
check-web: venv
	@echo "== web client (tsc, eslint, vitest)"
	@$(BIN)/python -m local web --install-only
	@$(SCHEMA) | cmp --silent - web/src/api/schema.d.ts || { echo "web/src/api/schema.d.ts is not what the contracts say; remedy: make api"; exit 1; }
	@cd web && npm run --silent typecheck && npm run --silent lint && npm run --silent test

# Tells, and stops nothing: what is known today of yesterday's versions is no fault of the change that is checked.
check-audit: venv
	@echo "== known vulnerabilities (pip-audit, npm audit)"
	@$(BIN)/python .ci/audit.py 2>/dev/null || echo "not asked: the advisory services of PyPI or npm do not answer"

.PHONY: format
format: venv  ## Format the Python code, and fix what ruff can fix safely
	@$(BIN)/ruff format --quiet $(CODE)
	@$(BIN)/ruff check --quiet --fix $(CODE)

.PHONY: audit
audit: venv web-packages  ## Ask for known vulnerabilities of the packages, for the security page of this build
	@$(BIN)/python .ci/audit.py

.PHONY: sbom
sbom: venv web-packages  ## Write what this build is made of (CycloneDX) to .guanxi/sbom/
	@$(BIN)/python .ci/sbom.py

##@ Install and generate

.PHONY: venv
venv: $(VENV)/.packages proto  ## Install every package and tool at its locked version

.PHONY: proto
proto: $(VENV)/.proto  ## Regenerate the Python modules from proto/ (also done by the others when needed)

.PHONY: api
api: venv web-packages  ## Regenerate the web client's types from the contracts
	@$(SCHEMA) > web/src/api/schema.d.ts.new && mv web/src/api/schema.d.ts.new web/src/api/schema.d.ts

.PHONY: lock
lock: $(VENV)/.tools  ## Resolve requirements/*.in again into hashed locks
	@for name in lock:"runtime.in local.in dev.in" bootstrap:bootstrap.in; do \
	  (cd requirements && ../$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --custom-compile-command "make lock" $${name#*:} -o $${name%%:*}.txt); \
	done

.PHONY: browser
browser: venv  ## Make sure there is a Chromium for the browser tests (Debian's)
	@bash .ci/browser

.PHONY: clean
clean:  ## Stop, and forget all data, secrets and build results
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m local down --quiet 2>/dev/null || true; fi
	@find $(STATE) -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} + 2>/dev/null || true
	@rm -rf web/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -not -path './$(VENV)/*' -not -path '*/node_modules/*' -prune -exec rm -rf {} +
	@find proto services gateway local -maxdepth 3 \( -name build -o -name '*.egg-info' \) -prune -exec rm -rf {} + 2>/dev/null || true
	@rm -f $(VENV)/.packages $(VENV)/.proto

.PHONY: distclean
distclean: clean  ## The same, and every download and installed package
	@rm -rf $(STATE) $(VENV) web/node_modules

.PHONY: help
help:  ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile
	@echo

# --- how the environment is made ------------------------------------------------------------------------------------

.PHONY: python
python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Guanxi needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1 || echo missing). Point to another: make PYTHON=python3.12 …"; exit 1; }

# Beside the Python packages, not after them: it is the longest wait of a first start. Needs nothing but Python itself.
.PHONY: web-packages
web-packages: python
	@if [ -d web ] && [ "$${GUANXI_WEB:-on}" != off ]; then PYTHONPATH=local $(PYTHON) -m local web --install-only; fi

$(VENV)/.tools: requirements/bootstrap.txt requirements/lock.txt | python
	@if [ ! -x $(BIN)/uv ]; then \
	  echo "Making the Python environment in $(VENV) …"; \
	  $(PYTHON) -m venv $(VENV) >/dev/null || { echo "python3 -m venv failed: on Debian, install the package python3-venv."; exit 1; }; \
	  $(BIN)/python -m pip install --quiet --require-hashes -r requirements/bootstrap.txt; \
	fi
	@echo "Installing the locked packages …"
	@$(UV) pip install --quiet --require-hashes -r requirements/lock.txt
	@touch $@

$(VENV)/.packages: $(VENV)/.tools $(addsuffix /pyproject.toml,$(PACKAGES)) Makefile
	@$(UV) pip install --quiet --no-deps --no-build-isolation --config-settings editable_mode=compat $(addprefix -e ,$(addprefix ./,$(PACKAGES)))
	@echo '$(PACKAGES)' > $@

$(VENV)/.proto: $(VENV)/.tools $(shell find proto \( -name '*.proto' -o -name setup.py -o -name pyproject.toml \) -not -path '*/build/*' 2>/dev/null)
	@echo "Generating the contracts' modules …"
	@rm -rf proto/build
	@$(UV) pip install --quiet --no-deps --no-build-isolation --reinstall-package guanxi-proto ./proto
	@rm -rf proto/build proto/*.egg-info
	@touch $@

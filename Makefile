.DEFAULT_GOAL := help
.PHONY: help demo test test-fast check format docs

BIN := .venv/bin
READY := .venv/.ready
# By default xdist begins with the files of many tests, and the long ones, of one or two, come last, on one worker.
TWO := -n 2 --dist loadfile --no-loadscope-reorder

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' Makefile

$(READY): pyproject.toml constraints.txt .ci/install
	@.ci/install
	@touch $@

demo: $(READY) ## set everything up and run the main job on simulated models (no key, no network)
	@$(BIN)/concertino demo

test: $(READY) ## set everything up and run the tests
	@$(BIN)/python -m pytest -rs $(TWO)

test-fast: $(READY) ## the tests below flows/ that need no process, server, browser or warehouse
	@$(BIN)/python -m pytest --fast $(TWO) tests/profiles tests/tasks tests/warehouse

check: $(READY) ## format, lint, types, import contracts, SQL lint
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/sqlfluff lint warehouse

format: $(READY) ## format Python and SQL
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/sqlfluff fix -q warehouse

docs: $(READY) ## regenerate docs/schema.md, docs/datasets.md and docs/routers.md
	@$(BIN)/python -m warehouse.schema_doc
	@$(BIN)/python -m profiles.dataset_doc
	@$(BIN)/python -m tasks.route.router_doc

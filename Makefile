.DEFAULT_GOAL := help
.PHONY: help demo test check format docs

BIN := .venv/bin
READY := .venv/.ready

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile

$(READY): pyproject.toml constraints.txt .ci/install
	@.ci/install
	@touch $@

demo: $(READY) ## set everything up and run the main job on simulated models (no key, no network)
	@$(BIN)/concertino demo

test: $(READY) ## set everything up and run the tests
	@$(BIN)/python -m pytest -rs -n 2 --dist loadfile

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

docs: $(READY) ## regenerate docs/schema.md
	@$(BIN)/python -m warehouse.schema_doc

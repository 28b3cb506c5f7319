# One-word verbs; `make` alone lists them. PORT, DATABASE_URL, REDIS_URL and the rest are in .env.example.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
STAMP := $(VENV)/.requirements
DEV_STAMP := $(VENV)/.requirements-dev
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help setup run test test-long check format migrations messages chaos bench quality trial bench-chat bench-turns clean

help: ## List the verbs
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/bin/python:
	@echo "==> Making a virtual environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "The venv module is missing (on Debian: apt install python3-venv)" >&2; exit 1; }

$(STAMP): requirements.txt constraints.txt | $(VENV)/bin/python
	@echo "==> Installing what Xiaoer needs (about 1.3 GB with the CPU build of torch; docs/operations.md)"
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet -r requirements.txt -c constraints.txt
	@touch $@

$(DEV_STAMP): requirements-dev.txt $(STAMP)
	@echo "==> Installing what the checks and tests need"
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet -r requirements-dev.txt -c constraints.txt
	@touch $@

setup: $(STAMP) $(DEV_STAMP) ## Virtual environment with everything, for development

run: $(STAMP) ## Fresh machine -> the whole product on PORT (8000)
	@set -a; [ ! -f .env ] || . ./.env; set +a; $(MANAGE) prepare && exec $(MANAGE) serve

test: $(DEV_STAMP) ## The test suite (what CI runs)
	@./.ci/system-packages
	@$(BIN)/python -m tests.run

test-long: $(DEV_STAMP) ## Everything slow: chaos in full, quality, all packs trained and talked to, both variants
	@./.ci/system-packages
	@$(BIN)/python -m tests.run --long

check: $(DEV_STAMP) ## Linters, types, layers, migrations, translations
	@$(BIN)/python -m tests.check

format: $(DEV_STAMP) ## Put the Python files into the house style
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

migrations: $(STAMP) ## Write migrations for changed models
	@$(MANAGE) makemigrations

messages: $(DEV_STAMP) ## Collect strings for translation and compile the catalogues
	@$(MANAGE) makemessages -l zh_Hans --no-location --no-wrap -i $(VENV) -i tests -i var
	@$(MANAGE) makemessages -l zh_Hans -d djangojs --no-location --no-wrap -i $(VENV) -i tests -i var
	@$(MANAGE) compilemessages -l zh_Hans -i $(VENV)

chaos: $(DEV_STAMP) ## Kill processes under live traffic and count what was lost (nothing may be)
	@$(BIN)/python -m tests.chaos

bench: $(DEV_STAMP) ## Understanding on public sets (DATA=folder ONLY="parts" OPTIONS=...) -> docs/benchmarks.md
	@$(BIN)/python -m tests.bench.understanding $(if $(DATA),--data "$(DATA)") $(if $(ONLY),--only $(ONLY)) $(OPTIONS)

quality: $(DEV_STAMP) ## Right and wrong answers of the shop assistant on questions of its own set
	@$(BIN)/python -m tests.quality

trial: $(DEV_STAMP) ## Import TRAIN=file, train in the console, ask TEXTS=file over sockets, compare transcripts
	@$(BIN)/python -m tests.quality.imported --train "$(TRAIN)" --texts "$(TEXTS)"

bench-chat: $(DEV_STAMP) ## Live-path benchmark against a naive consumer, in one run
	@$(BIN)/python -m tests.bench.bench_chat

bench-turns: $(DEV_STAMP) ## Whole turns a second, 64 visitors at once against one at a time
	@$(BIN)/python -m tests.bench.bench_turns

clean: ## Remove the virtual environment and the run-time data (asks nothing!)
	rm -rf $(VENV) var

# Bulkpress: every command a developer or a user of one machine needs. `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PROJECTS := libs/jbig2 libs/engine libs/core libs/client services/upload-gateway services/compression-worker services/scheduler services/flower
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LEVEL ?= medium
OUT ?= out

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev up demo down images tools test test-chart test-observability test-servers test-chaos e2e-cluster check lock docs docs-reference docs-chart dashboards dashboard-pictures k8s-manifests bench-engine bench-gateway bench-estimates bench-profile bench-system bench-claims simulate simulate-check fuzz clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.local ## Make .venv with all that one machine runs (no root, no system package)

setup-dev: .venv/.dev ## Make .venv with the tools and tests as well

up: .venv/.local ## Start the whole system on this machine; Ctrl-C or `make down` stops it
	@$(BIN)/bulkpress up

down: .venv/.local ## Stop what `make up` started, also after a crash
	@$(BIN)/bulkpress down

demo: .venv/.local ## Compress a bulk job end to end; FILES="a.pdf b/*.pdf" LEVEL=high OUT=folder take your own
	@$(BIN)/python scripts/demo.py --level "$(LEVEL)" --out "$(OUT)" -- $(FILES)

images: ## Build the images with Docker: BASE_IMAGE=python:3.12-slim-bookworm IMAGE_PREFIX=bulkpress IMAGE_TAG=0.1.0
	@scripts/images.sh

tools: ## Fetch helm and the published schemas that tests of the chart and of compose.yaml need (with Go)
	@scripts/tools.sh

test: .venv/.dev ## Run all tests (TESTS="tests/unit -k name" narrows them)
	@$(BIN)/python -m pytest $(or $(TESTS),tests)

test-chart: tools .venv/.dev ## Check the chart against Kubernetes 1.31 to 1.36 and against what it promises
	@$(BIN)/python -m pytest tests/chart tests/deployment

test-observability: .venv/.dev ## Check metrics, rules and alerts against a real Prometheus and a running system
	@$(BIN)/python -m pytest tests/observability

dashboard-pictures: .venv/.dev ## Let a system work for a minute and draw what each dashboard shows of it
	@$(BIN)/python -m tests.observability.pictures

test-servers: ## Install the servers that tests need and PyPI does not have (root on Debian or Ubuntu)
	@scripts/test_servers.sh

test-chaos: .venv/.dev ## Hurt every part of a running system while it works; SEEDS="1 2 3" FILES=300
	@$(BIN)/python -m tests.chaos.storm --seed $(or $(SEEDS),1) --files $(or $(FILES),300)

e2e-cluster: tools .venv/.dev ## Run the chart's whole life on a cluster: KUBECONFIG=… IMAGE_PREFIX=… IMAGE_TAG=0.1.0 E2E="--files 500"
	@$(BIN)/python -m tests.e2e_cluster $(if $(KUBECONFIG),--kubeconfig "$(KUBECONFIG)") --image-prefix "$(or $(IMAGE_PREFIX),bulkpress)" --image-tag "$(or $(IMAGE_TAG),0.1.0)" $(E2E)

# No cache for ruff: which imports are our own depends on other files, and its cache does not.
check: .venv/.dev ## Style, types, import directions, locks in step
	@$(BIN)/ruff check --no-cache .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python scripts/check_locks.py
	@$(BIN)/python -m scripts.settings_page --check
	@$(BIN)/python -m scripts.openapi_page --check
	@$(BIN)/python -m scripts.metrics_page --check
	@$(BIN)/python -m scripts.logs_page --check
	@$(BIN)/python -m scripts.chart_page --check
	@$(BIN)/python -m scripts.dashboards --check

lock: .venv/.dev ## Write requirements/*.txt anew from the pyproject files (UPGRADE=1 takes the newest)
	@scripts/lock.sh

docs: .venv/.dev ## Build the documentation as a site into site/; a link that leads nowhere fails
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet && echo "The documentation is in site/index.html"

docs-reference: .venv/.dev ## Write the reference pages that are made from the code
	@$(BIN)/python -m scripts.settings_page
	@$(BIN)/python -m scripts.openapi_page
	@$(BIN)/python -m scripts.metrics_page
	@$(BIN)/python -m scripts.logs_page

docs-chart: .venv/.dev ## Write the chart's table of values
	@$(BIN)/python -m scripts.chart_page

dashboards: .venv/.dev ## Write Grafana's dashboards anew from scripts/dashboards.py
	@$(BIN)/python -m scripts.dashboards

k8s-manifests: tools ## Write k8s/*/manifests.yaml anew from the chart
	@scripts/k8s_manifests.sh

bench-engine: .venv/.dev ## Compare the engine with what is installed beside it: CORPUS=folder of PDFs
	@$(BIN)/python -m tests.bench.engine $(CORPUS)

bench-gateway: .venv/.dev ## Compare uploads through the gateway with boto3 straight to the same S3 server: GIB=5 FILES=2000
	@$(BIN)/python -m tests.bench.gateway --gib $(or $(GIB),5) --files $(or $(FILES),2000)

bench-system: tools .venv/.dev ## Compare the whole system with the bare engine: FILES=2000,200,5 of 50 kB, 1 MB, 30 MB
	@$(BIN)/python -m tests.bench.system $(if $(FILES),--files $(FILES))

bench-claims: .venv/.dev ## Measure how fast files are claimed of full queues, and the memory they take in Valkey
	@$(BIN)/python -m tests.bench.claims $(if $(FILES),--most $(FILES))

simulate: .venv/.dev ## Simulate a day of a lane that scales, by the settings of its autoscaling: FILES_PER_DAY=1000000
	@$(BIN)/python -m tests.load.simulate $(if $(FILES_PER_DAY),--files-per-day $(FILES_PER_DAY))

simulate-check: .venv/.dev ## Hold the simulation against real workers that are started and stopped by the same rule
	@$(BIN)/python -m tests.load.validate

bench-profile: .venv/.dev ## Show where the time of pressing goes: CORPUS=folder of PDFs
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.bench.profile $(CORPUS)

fuzz: .venv/.fuzz ## Press odd documents for SECONDS=600 and stop at the first that breaks a promise (Linux x86-64)
	@$(BIN)/python -m tests.fuzz .fuzz -max_total_time=$(or $(SECONDS),600)

bench-estimates: .venv/.dev ## Compare what `bulkpress analyze` expects with what a press comes to: CORPUS=folder of PDFs
	@$(BIN)/python -m tests.bench.estimates $(CORPUS)

clean: ## Remove what these commands made, but not ./out
	@rm -rf site .venv .bulkpress .fuzz .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; v >= (3, 11) or sys.exit(f"Bulkpress needs Python 3.11 or newer, this is {v[0]}.{v[1]}: make PYTHON=/path/to/python3.11")'
	@$(PYTHON) -m venv .venv

.venv/.local: requirements/local.txt $(PROJECTS:%=%/pyproject.toml) $(wildcard libs/jbig2/setup.py libs/jbig2/c/*) | .venv/bin/python
	@echo "Installing into .venv (once, a minute or two) ..."
	@$(INSTALL) --require-hashes -r requirements/local.txt
	@$(INSTALL) --no-deps --no-index --no-build-isolation $(PROJECTS:%=-e %)
	@$(BIN)/python -c 'import bulkpress_jbig2 as j; j.IS_AVAILABLE or print("No C compiler or no Python headers: 1-bit images are coded as CCITT group 4, a third larger than JBIG2.")'
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.local
	@echo "Installing the tools and test servers into .venv ..."
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

.venv/.fuzz: requirements/fuzz.txt .venv/.dev
	@$(INSTALL) --require-hashes -r requirements/fuzz.txt
	@touch $@

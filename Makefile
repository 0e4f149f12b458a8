.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup synth check reference runbooks test test-thorough test-alerts test-argo test-argocd test-checkov test-cluster test-events test-gitops test-kafka test-operators test-pipeline test-promotion test-quota test-report test-sealed test-tracing story lint bench bench-fleet catalogue requirements registry
help:  ## what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/runtime: requirements/runtime.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; PYTHON=… names another")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	@touch $@

.venv/registry: .venv/runtime requirements/registry.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/registry.txt
	@touch $@

.venv/dev: .venv/runtime requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

setup: .venv/runtime  ## install what is pinned, into .venv

synth: .venv/runtime  ## build dist/ and argocd/ for every environment
	@$(BIN)/python -m synth build

check: .venv/runtime  ## is dist/ what the sources say?
	@$(BIN)/python -m synth check

ENV ?= prod
.PHONY: dashboards
dashboards: .venv/runtime  ## draw the dashboards of ENV (prod) on a page, .dashboards/<ENV>.html
	@$(BIN)/python -m tools.dashboards --output .dashboards/$(ENV).html $(ENV)

.PHONY: graph
graph: .venv/runtime  ## draw the picture of docs/graph.md
	@$(BIN)/python -m synth graph prod --base ../ > docs/graph.svg

registry: .venv/registry  ## what `synth model bump` and `gate` ask MLflow with

# They start Python hundreds of times: what it compiles is kept, also where a machine says otherwise.
story test test-thorough: export PYTHONDONTWRITEBYTECODE =

test: .venv/dev  ## everything that needs no cluster
	@$(BIN)/python -m pytest

test-thorough: .venv/dev  ## what `make test` does for some: every release, fleets, more kills, seeds and mutations
	@$(BIN)/python -m pytest -m "thorough and not every_argocd"

test-alerts: .venv/dev  ## a model that becomes slow, a real Prometheus (Debian's) and Alertmanager (built once with Go)
	@$(BIN)/python -m pytest -m alerts -n 0 -v tests/observability

test-argocd: .venv/dev  ## reference mode with the Kustomize of every known Argo CD, kustomize-<version> on PATH
	@KFSYNTH_REQUIRE_SHARED=1 $(BIN)/python -m pytest -m every_argocd tests/kubeflow

test-argo: .venv/dev  ## Argo's own validation of workflows, built once with Go
	@tests/tools/argo-validate/build .venv/argo-validate
	@PATH="$$PATH:$(CURDIR)/.venv/argo-validate" KFSYNTH_REQUIRE_SHARED=1 $(BIN)/python -m pytest -m argo -n 0 tests/workflows

test-operators: .venv/dev  ## charts of add-ons by Helm, and objects by ECK's own code, built once with Go
	@$(BIN)/python -m pytest -m operators -n 0 -v tests/charts tests/logs

test-cluster: .venv/dev  ## a real Argo CD on a real API server, built once with Go (K=1.11 picks tests)
	@KFSYNTH_REQUIRE_SHARED=1 $(BIN)/python -m pytest -m cluster -n 0 -v --durations=25 $(if $(K),-k '$(K)') tests/cluster

test-checkov: .venv/dev  ## a second opinion on the example's own objects: checkov, from the package index
	@$(BIN)/python -m pytest -m checkov -n 0 -v tests/security

test-events: .venv/dev  ## a real Alertmanager and Pushgateway, and prometheus-operator's and Argo Events' own code, built once with Go
	@KFSYNTH_REQUIRE_SHARED=1 $(BIN)/python -m pytest -m events -n 0 -v tests/events tests/evaluation tests/observability

test-gitops: .venv/dev  ## projects, windows, roles, sets and notifications by Argo CD's own code, built once with Go
	@$(BIN)/python -m pytest -m gitops -n 0 -v tests/argocd

test-pipeline: .venv/dev  ## train from a real Kafka broker to a version in a real MLflow (Java, Maven, the package index)
	@$(BIN)/python -m pytest -m pipeline -n 0 -v -s tests/sentiment

test-promotion: .venv/dev  ## a real registry, object store and model server, from the package index
	@$(BIN)/python -m pytest -m promotion -n 0 -v tests/promotion

test-quota: .venv/dev  ## what a quota counts, by the API server's own code, built once with Go
	@$(BIN)/python -m pytest -m quota -n 0 -v tests/capacity

test-report: .venv/dev  ## the reports of `synth diff` and of the story in a real browser: Chromium (Debian's), axe-core and vnu (npm, Java)
	@PATH="$(CURDIR)/$(BIN):$$PATH" KFSYNTH_REQUIRE_SHARED=1 $(BIN)/python -m pytest -m report -n 0 -v tests/review tests/story

test-sealed: .venv/dev  ## Secrets that kubeseal sealed, unsealed by the controller's own code; built once with Go
	@$(BIN)/python -m pytest -m sealed -n 0 -v tests/sealed

test-kafka: .venv/dev  ## what needs a real Kafka broker, which is Java, from Maven Central
	@$(BIN)/python -m pytest -m kafka -n 0 -v tests

test-tracing: .venv/dev  ## traces in a real Jaeger, built once with Go
	@$(BIN)/python -m pytest -m tracing -n 0 -v tests/tracing

story: .venv/dev  ## everything in one run, from a comment to a canary and back: story/report.html (docs/story.md)
	@PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONPATH=images/sentiment-training $(BIN)/python -m story $(STORY)

lint: .venv/dev  ## ruff, mypy, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

reference: .venv/runtime  ## docs/{configuration,architecture,rules}.md, from models, docstrings and the book of rules
	@$(BIN)/python -m tools.reference
	@$(BIN)/python -m tools.architecture
	@$(BIN)/python -m synth rules -o markdown > docs/rules.md

runbooks: .venv/dev  ## write what is generated of docs/runbooks
	@$(BIN)/python -m tools.runbooks

bench: .venv/dev  ## Kubeflow against kustomize, kubeconform and dyff, side by side; peers are built once with Go
	@$(BIN)/python -m benchmarks.kubeflow
	@$(BIN)/python -m benchmarks.page

bench-fleet: .venv/dev  ## 20,000 objects against cdk8s, Helm, Jsonnet, kapitan and CUE, side by side (Go)
	@$(BIN)/python -m benchmarks.bench_fleet
	@$(BIN)/python -m benchmarks.page

catalogue: .venv/dev  ## regenerate what the catalogue knows of Kubeflow and of CRDs (needs ../shared and Kustomize 5.5.0)
	@$(BIN)/python -m tools.kubeflow_catalog
	@$(BIN)/python -m tools.crd_schemas

requirements:  ## pin what requirements/*.in say
	@for name in runtime registry dev; do uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	  --custom-compile-command "make requirements" -o requirements/$$name.txt requirements/$$name.in; done
	@for folder in images/evaluation images/model-server images/processor images/sentiment-training tests/tools/checkov tests/tools/mlflow benchmarks/tools/kapitan; do uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	  --custom-compile-command "make requirements" -o $$folder/requirements.txt $$folder/requirements.in; done

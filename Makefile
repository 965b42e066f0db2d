# Debian's own build is optimised by profile; one compiled by hand takes a fifth longer for everything.
PYTHON ?= $(shell /usr/bin/python3.11 -c 'import ensurepip' 2>/dev/null && echo /usr/bin/python3.11 || echo python3)
PORT ?= 8501
STORE ?=
FILES ?=
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test test-spark check templates docs golden bench bench-app bench-scale mutate pictures lock

run: .venv/run.stamp  ## set up and serve the app (PORT=, STORE=, FILES=)
	@$(BIN)/junkan serve --port $(PORT) $(if $(STORE),--store "$(STORE)") $(if $(FILES),--files "$(FILES)")

test: .venv/test.stamp  ## set up and run every check and test
	@$(BIN)/python tests/run.py

check: .venv/test.stamp  ## formatting, lint, types
	@$(BIN)/python tests/run.py check

templates: .venv/run.stamp  ## refresh the committed workbooks
	@$(BIN)/python -m app.demo.generated_workbooks

docs: .venv/run.stamp  ## refresh the pages of the handbook
	@$(BIN)/python -m app.demo.generated_handbook

golden: .venv/run.stamp  ## refresh the table of every number, saying what changed
	@$(BIN)/python -m tests.golden.golden_table

bench: .venv/bench.stamp  ## speed and memory against named peers (ONLY=name)
	@$(BIN)/python -m bench $(ONLY)

bench-app: .venv/test.stamp  ## how long a person waits from page to page, 800 institutions and 10 years (SIZE="800 10")
	@$(BIN)/python -m bench.app $(SIZE)

bench-scale: .venv/test.stamp  ## counting the whole literature against reading it (WORKS=, FOLDER=)
	@$(BIN)/python -m bench.scale $(or $(FOLDER),.venv/scale) $(or $(WORKS),1000000 3000000 10000000)

mutate: .venv/mutate.stamp  ## which small changes no test finds (ONLY=gaps, verdicts, suppression, formula_guard, normalise or trend; EVERY=n)
	@$(BIN)/python -m tests.mutation "$(ONLY)" $(EVERY)

test-spark: .venv/test.stamp .venv/spark.stamp  ## Spark counts what pandas and DuckDB count (needs Java 17; SPARK_MASTER=)
	@java -version >/dev/null 2>&1 || { echo "Spark needs Java 17: please install it (Debian: openjdk-17-jre-headless)"; exit 1; }
	@PYTHONPATH=.venv/spark $(BIN)/python -m pytest tests/spark/spark_agreement.py

pictures: .venv/test.stamp  ## a picture of every page in both languages (FOLDER=)
	@$(BIN)/python -m docs.pictures $(or $(FOLDER),var/pictures)

lock: .venv/test.stamp  ## refresh the hashed requirement files
	@$(PIP) install uv
	@for set in run:build test:build,test bench:build,test,bench mutate:build,test,mutate; do \
	  $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --custom-compile-command "make lock" \
	    $$(echo $${set#*:} | tr ',' '\n' | sed 's/^/--extra /') -o requirements/$${set%:*}.txt; done

.venv/bin/python:
	@$(PYTHON) -m venv .venv

.venv/run.stamp: requirements/run.txt pyproject.toml | .venv/bin/python
	@echo "setting up (downloads on the first run only) ..."
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/test.stamp: requirements/test.txt .venv/run.stamp
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/test.txt
	@$(BIN)/python tests/system_packages.py
	@touch $@

.venv/spark.stamp: pyproject.toml | .venv/bin/python
	@$(PIP) install --upgrade --target .venv/spark "pyspark>=4.0"  # apart: pandera would load it in every command
	@touch $@

.venv/bench.stamp: requirements/bench.txt .venv/test.stamp
	@$(PIP) install --require-hashes -r requirements/bench.txt
	@touch $@

.venv/mutate.stamp: requirements/mutate.txt .venv/test.stamp
	@$(PIP) install --require-hashes -r requirements/mutate.txt
	@touch $@

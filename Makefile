# Every target sets up what it needs. Python 3.11 or later, git and make are enough to begin with.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
ONLY ?=
LOCK ?= requirements.lock

.PHONY: demo test smoke faults lint bench lock audit environment help

demo: $(READY)  ## the whole pipeline on the embedded demo
	@if grep -q 'remote: embedded' data.dvc; then $(BIN)/dvc pull --quiet --remote embedded data.dvc; fi
	@$(BIN)/dvc pull --quiet --remote embedded pocket.dvc
	@$(BIN)/dvc repro
	@echo
	@$(BIN)/kilnmix verdict
	@echo "The runs: $(BIN)/kilnmix ui, then http://127.0.0.1:5000 in a browser."

test: $(READY)  ## everything that CI checks
	@$(BIN)/dvc pull --quiet --remote embedded pocket.dvc
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy
	@$(BIN)/pytest

smoke: $(READY)  ## every stage once with a handful of steps, apart from your outputs
	@if grep -q 'remote: embedded' data.dvc; then $(BIN)/dvc pull --quiet --remote embedded data.dvc; fi
	@$(BIN)/dvc pull --quiet --remote embedded pocket.dvc
	@$(BIN)/kilnmix smoke

faults: $(READY)  ## thirty kills, small and read-only disks, damage, many at once; half an hour on two cores
	@$(BIN)/dvc pull --quiet --remote embedded pocket.dvc
	@KILNMIX_KILLS=30 KILNMIX_INPUTS=1000 $(BIN)/pytest tests/faults

bench: $(READY)  ## speed and memory against plain references; ONLY=classifier runs one group
	@$(BIN)/python -m bench $(ONLY)

environment: $(READY)  ## what `dvc repro` needs: .venv/ and the pocket models
	@$(BIN)/dvc pull --quiet --remote embedded pocket.dvc

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "kilnmix needs Python 3.11 or later; name it with make PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/python -c 'from kilnmix.report.plots.plot import library; print(library())' > .venv/vega.js
	@touch $(READY)

help:  ## the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

lock: $(READY)  ## resolve the dependencies anew; the file names no index
	@$(BIN)/uv pip compile pyproject.toml --group dev --extra postgres --extra grpc --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet -o requirements.lock

audit: $(READY)  ## the lock against the advisories that PyPI knows; needs a network
	@$(BIN)/uv tool run --quiet 'pip-audit>=2.7' --strict --disable-pip --require-hashes --progress-spinner off -r $(LOCK) || \
		{ echo "make audit: if an advisory is named above, raise that version in pyproject.toml and run make lock; if none is,"; \
		echo "the database could not be asked, and nothing is known of the packages in $(LOCK)."; exit 1; }

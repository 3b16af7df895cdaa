# gathertui's verbs. All they need is make and Python 3.11, 3.12 or 3.13.

PYTHON ?=
VENV ?= .venv
ARGS ?=

BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTHON_VERSION := 'import sys; print("%d.%d" % sys.version_info[:2])'
PIP := "$(BIN)/python" -m pip --disable-pip-version-check -qq --no-input

# An environment whose Python is gone, or is not the one that PYTHON= names, is made anew.
ifneq ($(wildcard $(STAMP)),)
$(shell has=$$("$(BIN)/python" -c $(PYTHON_VERSION) 2>/dev/null) && \
	$(if $(PYTHON),test "$$has" = "$$("$(PYTHON)" -c $(PYTHON_VERSION) 2>/dev/null)",true) || rm -f "$(STAMP)")
endif

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast check fix bench install

help:
	@echo "make demo       try it: a sample office with a few bots, and you in it"
	@echo "make test       run every test"
	@echo "make test-fast  run the tests that take a moment only"
	@echo "make check      look for faults in style, types and imports"
	@echo "make fix        mend what can be mended by itself"
	@echo "make bench      measure; prints one line of JSON a figure"
	@echo "make install    only make the environment that the others use"
	@echo
	@echo "PYTHON=python3.12 chooses the interpreter, VENV=.venv the environment's folder,"
	@echo "and ARGS=... is handed to demo, test and test-fast."

demo: $(STAMP)
	@"$(BIN)/gathertui" demo $(ARGS)

test: $(STAMP)
	@"$(BIN)/python" -m pytest $(ARGS)

test-fast: $(STAMP)
	@"$(BIN)/python" -m pytest -m "not slow" $(ARGS)

check: $(STAMP)
	"$(BIN)/ruff" check .
	"$(BIN)/ruff" format --check .
	"$(BIN)/mypy" --strict
	"$(BIN)/lint-imports"

fix: $(STAMP)
	"$(BIN)/ruff" check --fix .
	"$(BIN)/ruff" format .

bench: $(STAMP)
	@failed=0; for program in tests/bench/*.py; do "$(BIN)/python" "$$program" || failed=1; done; exit $$failed

install: $(STAMP)

# The embedded database comes last and by itself: where it has no wheel, all else still works.
$(STAMP): pyproject.toml constraints.txt
	@$(FIND_PYTHON); $(MAKE_VENV)
	@echo "Installing gathertui into $(VENV). The first time takes about a minute."
	@$(PIP) install --constraint constraints.txt editables hatchling
	@$(PIP) install --constraint constraints.txt --no-build-isolation --editable ".[dev]"
	@$(PIP) install --constraint constraints.txt --no-build-isolation --only-binary SecantusDB --editable ".[embedded]" \
		2>"$(VENV)/embedded.log" || \
		echo "The embedded database can't be had here ($(VENV)/embedded.log says why): set MONGODB_URI to a MongoDB of yours."
	@touch "$(STAMP)"

# Sets $python to the environment's own interpreter, or else to the newest that really runs: a name on PATH may be
# a shim with nothing behind it.
define FIND_PYTHON
python=; for name in $(if $(PYTHON),"$(PYTHON)","$(BIN)/python" python3.13 python3.12 python3.11 python3 python); do \
	version=$$("$$name" -c $(PYTHON_VERSION) 2>/dev/null) || continue; \
	case "$$version" in 3.11|3.12|3.13) python=$$name; break;; esac; \
done; \
if [ -z "$$python" ]; then \
	echo "gathertui needs Python 3.11, 3.12 or 3.13$(if $(PYTHON),: $(PYTHON) is none of them,: install one of them, or name it with PYTHON=)." >&2; \
	exit 1; \
fi
endef

# Keeps an environment of the same version, and empties one of another.
define MAKE_VENV
if [ "$$version" != "$$("$(BIN)/python" -c $(PYTHON_VERSION) 2>/dev/null)" ]; then \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "Python $$version lacks its venv module: on Debian and Ubuntu, install the package python$$version-venv (or python3-venv)." >&2; \
		exit 1; \
	fi; \
	echo "Making $(VENV) with Python $$version."; \
	"$$python" -m venv --clear "$(VENV)"; \
fi
endef

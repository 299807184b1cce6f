# make app: the dashboard. make test: all tests. Both make .venv first. Another Python: make app PYTHON=python3.12
PYTHON ?= python3
APP ?=
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: install app test bench weights transfer

install: $(STAMP)

app: install  ## e.g. make app APP="--server.port 8600"
	@$(BIN)/python -m streamlit run streamlit_app.py $(APP)

test: install
	@$(BIN)/ruff check .
	@$(BIN)/python -m pytest -m "not browser" -n auto --maxprocesses 8 --dist loadfile
	@$(BIN)/python -m pytest -m browser --reruns 2

bench: install
	@$(BIN)/python -m tests.bench

weights: install  ## trains the shipped networks again; needs THAW_DATASETS, and a GPU or days
	@$(BIN)/python -m model_zoo.recipes.backbone resnet_mini --epochs 40 --teacher "$$THAW_DATASETS/weights/mobilenet_v2_imagenet_teacher.npz"
	@$(BIN)/python -m model_zoo.recipes.backbone vgg_mini --epochs 28 --teacher "$$THAW_DATASETS/weights/mobilenet_v2_imagenet_teacher.npz"
	@$(BIN)/python -m model_zoo.recipes.sentiment en
	@$(BIN)/python -m model_zoo.recipes.sentiment en --more --epochs 2
	@$(BIN)/python -m model_zoo.recipes.sentiment en --more --epochs 3
	@$(BIN)/python -m model_zoo.recipes.sentiment ko
	@$(BIN)/python -m model_zoo.recipes.tagging ner
	@$(BIN)/python -m model_zoo.recipes.tagging pos
	@$(BIN)/python -m model_zoo.recipes.captioning --epochs 6 --more 4
	@$(BIN)/python -m model_zoo.recipes.residual
	@$(BIN)/python -m model_zoo.recipes.frames

transfer: install  ## what the shipped weights are worth on other pictures; needs THAW_DATASETS
	@$(BIN)/python -m model_zoo.recipes.transfer

$(STAMP): requirements.txt | $(BIN)/python
	@echo "Installing what requirements.txt names. The first time takes minutes."
	@$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m compileall -q -j 0 .venv/lib >/dev/null || true  # on all cores, where pip would take one
	@touch $@

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Thaw needs Python 3.11 or newer, and there is no $(PYTHON) here. If it has another name: make $(or $(MAKECMDGOALS),install) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Thaw needs Python 3.11 or newer; $(PYTHON) is %d.%d. Name another: make $(or $(MAKECMDGOALS),install) PYTHON=python3.12" % sys.version_info[:2])'
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python cannot make .venv. On Debian and Ubuntu: sudo apt-get install python3-venv"; exit 1; }

"""The rules of the house: which way imports go, what the web process may load, and what stands at the top level."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions, version
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("streamlit_app", "dashboard", "components", "model_zoo")  # each may import itself and those after it
FLOORS = (  # of model_zoo; a module may import from its own package or module, and from the floors after its own
    ("__main__",),
    ("commands",),
    ("recipes", "service"),
    ("service_answers",),
    ("service_features", "service_texts", "service_residual", "service_frames"),
    ("service_models", "service_deadline", "service_address"),
    ("experiments",),
    ("features", "rnn", "residual", "comparison"),
    ("checkpoints",),
    ("training", "speed"),
    ("bank", "movement"),
    ("prefix_cache", "estimates"),
    ("specs",),
    ("strategies", "backbones", "data"),
    ("explain", "verdicts"),
    ("devices", "adapters", "verdict_sentence", "side_by_side"),
    ("events", "registry", "knobs", "home", "memory"),
)
STRANGERS = {  # packages whose files never import one another, and the files there that all of them may import
    "dashboard": (),
    "model_zoo.strategies": ("strategy",),
}
HEAVY = ("torch", "torchvision", "sklearn", "xgboost")  # never in the web process
RUN_BY_NAME = {
    "ruff",
    "mypy",
    "pytest-timeout",
    "pytest-rerunfailures",
    "pytest-xdist",
}  # required, though no file imports them
TOP_LEVEL = {
    "streamlit_app.py", "Makefile", "requirements.txt", "pyproject.toml", "README.md", "LICENSE", ".gitignore",
    ".streamlit", ".ci", "dashboard", "components", "model_zoo", "tests",
}  # fmt: skip


def imports(source: str, module: str, package: bool = False) -> Iterator[str]:
    """Give the full name of all that `source` imports, functions included; what only type checkers see is left out."""
    here = module if package else module.rpartition(".")[0]
    for node in _running(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = here.rsplit(".", node.level - 1)[0] if node.level else ""
            base = ".".join(filter(None, (above, node.module)))
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _running(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)):
            yield child
            yield from _running(child)


def offence(module: str, imported: str) -> str | None:
    """Say which rule `module` breaks by importing `imported` (a module, or a name in one); None if it breaks none."""
    room, top = module.split(".")[0], imported.split(".")[0]
    if room == "model_zoo" and top == "streamlit":
        return "model_zoo knows no streamlit"
    if room in ROOMS[:-1] and top in HEAVY:
        return "the web process loads no learning library"
    if room in ROOMS and top in ROOMS and ROOMS.index(top) < ROOMS.index(room):
        return f"{room} stands below {top}"
    if room == top == "model_zoo" and _floor(imported) is not None and not _below(module, imported):
        return "upper floors of model_zoo use lower ones"
    for package, shared in STRANGERS.items():
        own, other = _file(package, module), _file(package, imported)
        if own and other and other not in (own, *shared):
            return f"files in {package} never import one another"
    return None


def _floor(module: str) -> int | None:
    part = module.split(".")[1] if "." in module else ""
    return next((level for level, rooms in enumerate(FLOORS) if part in rooms), None)


def _below(module: str, imported: str) -> bool:
    if module.split(".")[1:2] == imported.split(".")[1:2]:
        return True
    floor = _floor(module)
    return floor is not None and floor < _floor(imported)


def _file(package: str, imported: str) -> str | None:
    """Give the file of `package` that `imported` is or comes from; None for anything else."""
    if not imported.startswith(f"{package}."):
        return None
    name, inside, _ = imported.removeprefix(f"{package}.").partition(".")
    return name if inside or (ROOT / package.replace(".", "/") / f"{name}.py").exists() else None


def _sources() -> Iterator[tuple[str, Path]]:
    for room in ROOMS:
        files = [ROOT / f"{room}.py"] if (ROOT / f"{room}.py").exists() else sorted((ROOT / room).rglob("*.py"))
        for file in files:
            yield ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), file


def test_imports_go_one_way() -> None:
    found = [
        f"{file.relative_to(ROOT)} imports {imported}: {rule}"
        for module, file in _sources()
        for imported in imports(file.read_text(), module, file.name == "__init__.py")
        if (rule := offence(module, imported))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("module", "line", "rule"),
    [
        ("components.theme", "from dashboard import home", "components stands below dashboard"),
        ("model_zoo.events", "import components.theme", "model_zoo stands below components"),
        ("model_zoo.data.views", "def f():\n    import streamlit as st", "knows no streamlit"),
        ("dashboard.home", "import torch.nn", "no learning library"),
        ("components.theme", "from sklearn import datasets", "no learning library"),
        ("dashboard.home", "from dashboard.runs import render", "never import one another"),
        ("model_zoo.strategies.full", "import model_zoo.strategies.linear_probe", "never import one another"),
        ("model_zoo.strategies.full", "from . import linear_probe", "never import one another"),
        ("model_zoo.strategies.full", "from model_zoo import training", "upper floors"),
        ("model_zoo.knobs", "from model_zoo import strategies", "upper floors"),
        ("model_zoo.backbones.shipped", "from model_zoo.data import views", "upper floors"),
        ("model_zoo.service", "from model_zoo.recipes import backbone", "upper floors"),
        ("model_zoo.strategies.full", "from model_zoo.strategies.strategy import Strategy", None),
        ("model_zoo.strategies.full", "from model_zoo.knobs import param", None),
        ("model_zoo.training", "from model_zoo import backbones, events, specs", None),
        ("dashboard.home", "from components import shell", None),
        ("model_zoo.knobs", "if TYPE_CHECKING:\n    from model_zoo.training import Run", None),
        ("dashboard.home", "from model_zoo.specs import ComparisonSpec", None),
    ],
)
def test_only_an_import_against_the_rules_is_named(module: str, line: str, rule: str | None) -> None:
    rules = [found for imported in imports(line, module) if (found := offence(module, imported))]
    assert rules == [] if rule is None else rule in rules[0]


def test_every_module_of_the_zoo_has_its_floor() -> None:
    homeless = [module for module, _ in _sources() if module.startswith("model_zoo.") and _floor(module) is None]
    homeless = [module for module in homeless if module.split(".")[1] != "weights"]
    assert not homeless, f"FLOORS has no place for {', '.join(homeless)}"


def test_the_web_process_loads_no_learning_library_on_any_page(thaw_home: Path) -> None:
    script = (
        "import json, sys, dashboard\n"
        "from tests.conftest import _open_app\n"
        "failed = [name for name in dashboard.names() if _open_app(name, seconds=60).exception]\n"
        f"print(json.dumps([failed, [name for name in {HEAVY} if name in sys.modules]]))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=150,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    failed, loaded = json.loads(ended.stdout.splitlines()[-1])
    assert not failed, f"pages that fail: {failed}"
    assert not loaded, f"loaded by a page: {loaded}"


def test_nothing_else_stands_at_the_top_level() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if tracked.returncode:
        pytest.skip("This copy is no git checkout.")
    found = {line.split("/")[0] for line in tracked.stdout.splitlines()}
    assert found <= TOP_LEVEL


def test_every_requirement_is_pinned_and_every_pin_is_what_runs() -> None:
    for name, pinned in _pins().items():
        here = version(name).partition("+")[0]
        assert here == pinned, f"{name} is {here} here and {pinned} in requirements.txt: run make install"


def test_what_is_imported_is_required_and_what_is_required_is_imported() -> None:
    files = [*_sources(), *((f"tests.{file.stem}", file) for file in (ROOT / "tests").rglob("*.py"))]
    imported = {name.split(".")[0] for module, file in files for name in imports(file.read_text(), module)}
    offered = packages_distributions()
    libraries = {library.lower().replace("_", "-") for name in imported for library in offered.get(name, ())}
    required = {name.lower().replace("_", "-") for name in _pins()}
    assert libraries - required == set(), "imported, and missing from requirements.txt"
    assert required - libraries - RUN_BY_NAME == set(), "in requirements.txt, and never imported"


def _pins() -> dict[str, str]:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    parts = [line.partition("==") for line in lines if line and not line.startswith("#")]
    assert all(equals for _, equals, _ in parts), "every requirement is pinned with =="
    return {name: pinned for name, _, pinned in parts}


def test_the_server_asks_nothing_and_tells_nobody() -> None:
    config = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())
    assert config["browser"]["gatherUsageStats"] is False
    assert config["server"]["showEmailPrompt"] is False
    assert config["server"]["maxUploadSize"] >= 2 * 1024  # five hundred phone photos
    assert config["client"]["showErrorDetails"] == "none"


def test_make_runs_only_modules_that_exist() -> None:
    modules = re.findall(r"python -m ([\w.]+)", (ROOT / "Makefile").read_text())
    assert "pytest" in modules
    missing = [name for name in modules if not _runs(name)]
    assert not missing, f"the Makefile runs {missing}"


def _runs(module: str) -> bool:
    spec = find_spec(module)
    return spec is not None and (spec.submodule_search_locations is None or find_spec(f"{module}.__main__") is not None)

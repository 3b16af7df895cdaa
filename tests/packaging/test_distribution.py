"""What an installation brings: two packages, the bundled maps, one command, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from importlib.metadata import EntryPoint, PathDistribution
from pathlib import Path

import editables
import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ["gathertui", "server", "maps", "pyproject.toml", "README.md", "LICENSE"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of what a build reads, which the build may write to."""
    folder = tmp_path_factory.mktemp("a checkout")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel of the checkout, made by the build backend itself."""
    folder = tmp_path_factory.mktemp("wheel")
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    made = subprocess.run(
        [sys.executable, "-c", build, str(folder)], cwd=checkout, check=True, capture_output=True, text=True
    )
    return folder / made.stdout.split()[-1]


@pytest.fixture
def install(tmp_path: Path) -> Callable[..., Path]:
    """Return `install(*what)`, which pip-installs it into a new environment and returns the environment's Python."""

    def install(*what: str) -> Path:
        folder = tmp_path / "environment"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
        python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "--quiet"]
        options = ["--no-deps", "--no-index", "--no-build-isolation"]
        subprocess.run([*pip, "install", *options, *what], check=True, env=with_our_packages())
        return python

    return install


def with_our_packages() -> dict[str, str]:
    """Return an environment where the dependencies and the build backend of the running Python can be imported."""
    return os.environ | {"PYTHONPATH": sysconfig.get_path("purelib"), "PYTHONSAFEPATH": "1"}


def run(python: Path, code: str, environment: dict[str, str] | None = None) -> list[str]:
    """Return the lines that `code` prints under `python`, away from the checkout."""
    done = subprocess.run(
        [str(python), "-c", code],
        cwd=python.parent,
        env=environment or with_our_packages(),
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    return done.stdout.splitlines()


def site_packages(python: Path) -> Path:
    """Return where `python` keeps what is installed."""
    (folder,) = run(python, "import sysconfig; print(sysconfig.get_path('purelib'))")
    return Path(folder)


def files_below(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def entry_points(site: Path) -> dict[str, EntryPoint]:
    (information,) = site.glob("gathertui-*.dist-info")
    return {point.group: point for point in PathDistribution(information).entry_points}


def test_the_wheel_holds_our_packages_and_the_maps_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    wanted = {f"gathertui/{name}" for name in files_below(ROOT / "gathertui")}
    wanted |= {f"gathertui_server/{name}" for name in files_below(ROOT / "server" / "gathertui_server")}
    wanted |= {f"gathertui/maps/{name}" for name in files_below(ROOT / "maps")}
    assert names == wanted
    assert any(name.startswith("gathertui/maps/") and name.endswith(".toml") for name in names)


def test_an_installation_leaves_three_folders_in_site_packages(wheel: Path, install: Callable[..., Path]) -> None:
    python = install(str(wheel))
    site = site_packages(python)
    installed = {path.name for path in site.iterdir()}
    (information,) = (name for name in installed if name.endswith(".dist-info"))
    assert information.startswith("gathertui-")
    assert installed == {"gathertui", "gathertui_server", information}
    licences = list((site / information).rglob("LICENSE"))
    assert "Apache License" in licences[0].read_text(encoding="utf-8")


def test_the_entry_points_lead_to_something(wheel: Path, install: Callable[..., Path]) -> None:
    python = install(str(wheel))
    points = entry_points(site_packages(python))
    assert set(points) == {"console_scripts", "gathertui.commands"}
    for point in points.values():
        assert run(python, f"import {point.module} as module; print(callable(module.{point.attr}))") == ["True"]
    command = python.with_name("gathertui")
    shown = subprocess.run(
        [str(command), "--version"], env=with_our_packages(), check=True, capture_output=True, text=True
    )
    (version,) = run(python, "import gathertui; print(gathertui.__version__)")
    assert version in shown.stdout


def test_an_editable_installation_runs_from_the_checkout(checkout: Path, install: Callable[..., Path]) -> None:
    python = install("--editable", str(checkout))
    # The one dependency that finding the packages needs. The rest of ours may hold an editable gathertui of its own.
    shutil.copytree(Path(editables.__file__).parent, site_packages(python) / "editables")
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    shown = run(
        python, "import gathertui, gathertui_server as server; print(gathertui.__file__); print(server.__file__)", alone
    )
    assert [Path(line).resolve() for line in shown] == [
        (checkout / "gathertui" / "__init__.py").resolve(),
        (checkout / "server" / "gathertui_server" / "__init__.py").resolve(),
    ]

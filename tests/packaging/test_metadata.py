"""What the files beside the packages say, and what no file of the repository may say."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import gathertui

ROOT = Path(__file__).parents[2]

# Made by tools, and ignored by git.
NOT_OURS = re.compile(r"\.git|\.venv.*|__pycache__|\.(pytest|mypy|ruff|import_linter)_cache|\.hypothesis|dist|build")

# In pieces, so that this file may be read by its own test.
REGISTRIES = re.compile(
    "|".join(
        re.escape(name + "." + domain)
        for name, domain in [
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("npmjs", "com"),
            ("crates", "io"),
            ("anaconda", "org"),
        ]
    )
    + r"|--(?:extra-)?index"
    + "-url|--find"
    + "-links|file:"
    + "//"
)
HOMES = re.compile(r"(?<![\w.$~{}/-])/(?:root|home/[a-z_][\w-]*|Users/[A-Za-z_][\w-]*)/|[A-Z]:\\Users" + r"\\\w")


def repository_files() -> Iterator[Path]:
    for folder, subfolders, names in os.walk(ROOT):
        subfolders[:] = sorted(name for name in subfolders if not NOT_OURS.fullmatch(name))
        yield from (Path(folder, name) for name in sorted(names) if name != ".git")


def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def constraints() -> list[str]:
    return (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("pattern", [REGISTRIES, HOMES], ids=["registry", "home"])
def test_no_file_names_a_registry_or_somebodys_folder(pattern: re.Pattern[str]) -> None:
    found = []
    for path in repository_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # no text
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in pattern.finditer(text)]
    assert found == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (REGISTRIES, "https://" + "pypi" + ".org/simple"),
        (REGISTRIES, "--index" + "-url x"),
        (HOMES, '"/home' + '/ada/x"'),
        (HOMES, "see /root" + "/x"),
        (HOMES, "C:" + "\\Users\\ada"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


def test_the_version_is_said_twice_and_is_the_same() -> None:
    assert project()["project"]["version"] == gathertui.__version__  # type: ignore[index]


@pytest.mark.parametrize("line", constraints())
def test_constraints_are_names_and_exact_versions(line: str) -> None:
    assert re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; [\w .'<>=!]+)?", line)


def test_every_dependency_is_constrained() -> None:
    data = project()
    wanted = [*data["project"]["dependencies"], *data["build-system"]["requires"]]  # type: ignore[index]
    for extra in data["project"]["optional-dependencies"].values():  # type: ignore[index]
        wanted += extra
    names = {re.match(r"[\w.-]+", requirement)[0].lower().replace("_", "-") for requirement in wanted}  # type: ignore[index]
    assert names <= {line.partition("==")[0] for line in constraints()}


def test_the_build_backend_is_the_same_in_both_places() -> None:
    data = project()
    assert set(data["build-system"]["requires"]) <= set(data["project"]["optional-dependencies"]["dev"])  # type: ignore[index]

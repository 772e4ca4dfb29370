"""The house rules that a machine can check. The import rules are import-linter's, in pyproject.toml; these are the rest."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("helpdesk", "mail_ingest", "workers", "web", "tests")
LONGEST_MODULE, LONGEST_FUNCTION, MOST_FILES = 300, 60, 30
MODULES = sorted(
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if path.parent.name != "versions"
)  # history
OURS = [path for path in MODULES if "tests" not in path.relative_to(ROOT).parts]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_a_module_has_at_most_300_lines() -> None:
    # tests are exempt: a table of cases is as long as the world is odd
    assert {_name(path): length for path in OURS if (length := _lines(path)) > LONGEST_MODULE} == {}


def test_a_function_has_at_most_60_lines() -> None:
    long = {
        f"{_name(path)}: {node.name}": length
        for path in MODULES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}


def test_a_folder_has_at_most_30_modules() -> None:
    folders = Counter(_name(path.parent) for path in MODULES)
    assert {folder: count for folder, count in folders.items() if count > MOST_FILES} == {}


def test_only_db_commits() -> None:
    committing = {
        _name(path)
        for path in OURS
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    }
    assert committing <= {"helpdesk/db.py"}


def test_every_module_says_what_it_is() -> None:
    assert [_name(path) for path in OURS if path.stat().st_size and not ast.get_docstring(_tree(path))] == []


def test_every_public_function_has_its_rule_in_one_sentence() -> None:
    silent = [
        f"{_name(path)}: {node.name}"
        for path in OURS
        if "migrations" not in path.parts
        for node in _tree(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_no_module_is_a_drawer_for_everything() -> None:
    assert [
        _name(path) for path in MODULES if path.stem in {"utils", "util", "helpers", "common", "misc", "managers", "services"}
    ] == []


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"#.*\b(TODO|FIXME|XXX|HACK)\b")
    assert [_name(path) for path in OURS if marks.search(path.read_text())] == []


def test_tests_mirror_the_code() -> None:
    """A test module is named after the module it tests (test_parse.py, test_parse_hostile.py), or lives where stories are told."""
    strangers = [
        _name(path)
        for package in ("helpdesk", "mail_ingest", "workers")
        for path in (ROOT / "tests" / package).rglob("test_*.py")
        if not _mirrored(path)
    ]
    assert strangers == []


def _places() -> list[str]:
    """The paths in README's table "Where is the rule that ...?"."""
    section = (ROOT / "README.md").read_text().partition("Where is the rule")[2].partition("\n#")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [path for row in rows for path in re.findall(r"`([\w./-]+(?:/|\.\w+))(?:[: ][^`]*)?`", row)]


def test_the_readme_has_the_table_of_rules() -> None:
    assert len(_places()) >= 8


@pytest.mark.parametrize("place", _places())
def test_the_readme_points_to_what_exists(place: str) -> None:
    assert (ROOT / place).exists()


def _mirrored(test: Path) -> bool:
    folder = ROOT / test.relative_to(ROOT / "tests").parent
    words = test.stem.removeprefix("test_").split("_")
    names = ["_".join(words[:count]) for count in range(1, len(words) + 1)]
    return any((folder / f"{name}.py").exists() or (folder / name).is_dir() for name in names)


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())

"""A new connector's folder works at once: its test passes, its types hold, and its README tells the truth."""

import json
import re
import shutil
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.cli.connectors import _templates
from tests.support.commands import environment

ROOT = Path(__file__).parents[3]


def called(folder: Path, *arguments: str) -> tuple[int, str, str]:
    with chdir(folder):
        result = CliRunner().invoke(app, ["connector", "new", *arguments], env=environment(folder))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, " ".join(result.stderr.split())


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=folder, env=environment(folder),
        capture_output=True, text=True, check=False, timeout=180,
    )  # fmt: skip


def test_it_passes_its_own_test_and_holds_its_types(tmp_path: Path) -> None:
    code, told, _ = called(tmp_path, "board_game", "--json")
    assert code == 0
    assert json.loads(told)["package"] == "board_game"
    tried = run(tmp_path, "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "board_game")
    assert tried.returncode == 0, tried.stdout
    assert re.search(r"^\d+ passed", tried.stdout, re.MULTILINE)
    typed = run(
        tmp_path, "mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml"),
        "--cache-dir", str(ROOT / ".mypy_cache"), "-p", "board_game", "--follow-imports=silent",
    )  # fmt: skip
    assert typed.returncode == 0, typed.stdout


def test_its_readme_names_its_streams(tmp_path: Path) -> None:
    assert called(tmp_path, "board")[0] == 0
    readme = (tmp_path / "board" / "README.md").read_text()
    streams = re.findall(r'^        name="(\w+)"', (tmp_path / "board" / "connector.py").read_text(), re.MULTILINE)
    assert streams
    assert all(f"| `{name}` |" in readme for name in streams)
    assert "{{" not in "".join(path.read_text() for path in (tmp_path / "board").rglob("*") if path.is_file())


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "connectors").mkdir()
    (tmp_path / "connectors" / "kit").symlink_to(ROOT / "connectors" / "kit")
    for name in ("__init__.py", "registry.py"):
        (tmp_path / "connectors" / name).touch()
    return tmp_path


def test_in_a_checkout_it_stands_beside_the_others(checkout: Path) -> None:
    code, told, _ = called(checkout, "board", "--json")
    assert code == 0
    assert json.loads(told)["package"] == "connectors.board"
    assert (checkout / "connectors" / "board" / "sandbox" / "server.py").is_file()
    assert "from connectors.board import CONNECTOR" in (
        (checkout / "tests" / "connectors" / "board" / "test_conformance.py").read_text()
    )


def test_in_a_checkout_it_passes_the_lints_whatever_its_name(checkout: Path) -> None:
    for name in ("airtable", "board_2", "z" * 32):
        assert called(checkout, name)[0] == 0
    shutil.copy(ROOT / "pyproject.toml", checkout)
    for command in (["check"], ["format", "--check"]):
        told = run(checkout, "ruff", *command, "--no-cache", "--exclude", "kit", "connectors", "tests")
        assert told.returncode == 0, told.stdout


@pytest.mark.parametrize("name", ["kit", "registry"])
def test_in_a_checkout_nothing_of_ours_is_hidden(checkout: Path, name: str) -> None:
    code, _, said = called(checkout, name)
    assert (code, name in said, "Take another name" in said) == (2, True, True)
    assert not (checkout / "tests").exists()


def test_the_wheel_takes_every_template() -> None:
    folder = ROOT / "app" / "cli" / "connector_template"
    names = {path for path, _ in _templates(folder)}
    assert {"connector.py", "api.py", "normalise.py", "raw.py", "sandbox/server.py", "README.md"} <= names
    assert all(path.name.endswith(".template") for path in folder.rglob("*") if path.is_file())
    assert '"cli/connector_template/**/*.template"' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize(("name", "named"), [
    ("Board", "lower-case"), ("2do", "lower-case"), ("a-b", "lower-case"), ("", "lower-case"), ("../x", "lower-case"),
    ("a_", "lower-case"), ("a__b", "lower-case"), ("x" * 33, "lower-case"),
    ("class", "Python"), ("jira", "already"), ("json", "already"), ("httpx", "already"),
])  # fmt: skip
def test_a_name_that_cannot_be_is_refused_in_a_sentence(tmp_path: Path, name: str, named: str) -> None:
    code, _, said = called(tmp_path, name)
    assert code == 2
    assert named in said
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "board").mkdir()
    code, _, said = called(tmp_path, "board")
    assert (code, "already" in said) == (2, True)
    code, _, said = called(tmp_path, "board", "--folder", "nowhere")
    assert (code, "nowhere" in said) == (2, True)

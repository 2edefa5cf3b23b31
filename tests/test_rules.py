"""The rules that keep the code in shape are themselves watched: a planted violation must be seen."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("app", "connectors"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-c",
        "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as run; run()",
        "--no-cache",
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("connectors/jira/normalise.py", "import app.core.clock"),
        ("connectors/push/connector.py", "import connectors.jira"),
        ("connectors/kit/cursor.py", "import connectors.registry"),
        ("connectors/slack/threads.py", "import connectors.sandboxes"),
        ("app/facts/build.py", "import app.metrics.query"),
        ("app/metrics/query.py", "import connectors.registry"),
        ("app/models/base.py", "import app.store.upsert"),
    ],
)
def test_an_import_against_the_direction_is_seen(copy: Path, file: str, line: str) -> None:
    planted = copy / file
    planted.write_text(f"{planted.read_text()}\n{line}\n")
    outcome = lint_imports(copy)
    assert outcome.returncode != 0
    assert "BROKEN" in outcome.stdout


@pytest.mark.parametrize(
    "line",
    [
        "from datetime import datetime\n\nnow = datetime.now()",
        "import time\n\nnow = time.time()",
        "import datetime as d\n\nday = d.date.today()",
    ],
)
def test_a_clock_outside_its_module_is_seen(tmp_path: Path, line: str) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "planted.py").write_text(f'"""Planted."""\n\n{line}\n')
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "TID251", "."]
    outcome = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert "TID251" in outcome.stdout


def test_locks_pin_hashes_and_name_no_registry() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert not re.search(r"https?://|index-url|find-links", text)
        for requirement in re.split(r"\n(?=\S)", text.strip()):
            assert "==" in requirement
            assert "--hash=sha256:" in requirement


def test_the_development_lock_holds_the_versions_that_are_shipped() -> None:
    pins = [
        set(re.findall(r"^(\S+==\S+)", (ROOT / name).read_text(), flags=re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    ]
    assert pins[0] <= pins[1]

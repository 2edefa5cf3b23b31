"""The list of commands, which nobody waits seconds for."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import SUMMARIES, imported
from tests.support.commands import environment, prodops


def test_help_imports_nothing_of_the_service(tmp_path: Path) -> None:
    asked = "import sys, app.cli; print(sorted(name for name in sys.modules if name.startswith(('app', 'connectors'))))"
    told = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert told.stdout.strip() == "['app', 'app.cli']"


def test_every_command_is_listed_and_a_mistyped_one_is_guessed(tmp_path: Path) -> None:
    listed = prodops(tmp_path, "--help").stdout
    assert [name for name in SUMMARIES if f" {name} " not in listed] == []
    mistyped = prodops(tmp_path, "tokn")
    assert mistyped.returncode == 2
    assert "Did you mean 'token'?" in mistyped.stderr


@pytest.mark.parametrize("name", SUMMARIES)
def test_the_list_says_of_a_command_what_it_says_of_itself(name: str) -> None:
    of_itself = imported(name).help.split("\n\n")[0]
    assert SUMMARIES[name] == " ".join(of_itself.split())

"""`prodops user`: accounts are made and mended on the machine of the database, with no password on the command line."""

import json
from pathlib import Path

from app.core import passwords
from app.core.db import Database
from app.store import users
from tests.support.commands import prodops

PASSWORD = "fake password of a test"


def stored_hash(folder: Path, email: str) -> str:
    database = Database(f"sqlite:///{folder / 'prodops.db'}")
    with database.read() as connection:
        row = users.find_by_email(connection, email)
    database.close()
    assert row is not None
    return str(row["password_hash"])


def test_accounts_on_the_command_line(tmp_path: Path) -> None:
    prodops(tmp_path, "migrate")
    create = ("user", "create", "Ada@example.com", "--name", "Ada", "--role", "admin")
    weak = prodops(tmp_path, *create, PRODOPS_USER_PASSWORD="fake")
    assert weak.returncode == 2
    assert "12 to 1000 characters" in weak.stderr
    made = prodops(tmp_path, *create, "--json", PRODOPS_USER_PASSWORD=PASSWORD)
    assert json.loads(made.stdout)["email"] == "ada@example.com"
    again = prodops(tmp_path, *create, PRODOPS_USER_PASSWORD=PASSWORD)
    assert again.returncode == 2
    assert "There is an account" in again.stderr
    assert passwords.matches(PASSWORD, stored_hash(tmp_path, "ada@example.com"))
    reset = prodops(tmp_path, "user", "reset-password", "ada@example.com", PRODOPS_USER_PASSWORD=f"new {PASSWORD}")
    assert reset.returncode == 0
    assert passwords.matches(f"new {PASSWORD}", stored_hash(tmp_path, "ada@example.com"))
    nobody = prodops(tmp_path, "user", "reset-password", "bob@example.com", PRODOPS_USER_PASSWORD=PASSWORD)
    assert nobody.returncode == 2
    told = json.loads(prodops(tmp_path, "user", "list", "--json").stdout)["users"]
    assert [(one["email"], one["role"], one["seen_at"]) for one in told] == [("ada@example.com", "admin", None)]
    for said in (made, reset, again):
        assert PASSWORD not in said.stdout + said.stderr

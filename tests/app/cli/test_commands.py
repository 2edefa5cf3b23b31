"""The commands, run as processes of their own in an empty folder."""

import json
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import TypeAdapter

from app.core.clock import SystemClock
from app.core.crypto import Keyring, new_key
from app.core.db import Database
from app.ingest import credentials
from app.store import sources
from connectors.jira import CONNECTOR
from tests.support.commands import prodops

KEY = new_key()


def database(folder: Path) -> Database:
    return Database(f"sqlite:///{folder / 'prodops.db'}")


def add_source(folder: Path, name: str, key: str) -> sources.Source:
    now = SystemClock().now()
    source = sources.Source(
        id=uuid4(),
        connector="jira",
        tool="Jira",
        name=name,
        config={"base_url": "https://jira.example.test"},
        created_at=now,
        updated_at=now,
    )
    given = TypeAdapter(CONNECTOR.Credentials).validate_python(
        {"kind": "personal_access_token", "token": "a-fake-token"}
    )
    db = database(folder)
    with db.write() as connection:
        sources.insert_source(connection, source)
        sealed = credentials.seal(Keyring([key]), source.id, given)
        sources.set_credentials(connection, source.id, sealed, set_at=now)
    db.close()
    return source


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert prodops(tmp_path, "migrate").returncode == 0
    return tmp_path


def test_migrate_can_be_repeated(folder: Path) -> None:
    again = prodops(folder, "migrate", "--json")
    assert again.returncode == 0
    assert json.loads(again.stdout) == {"migrated": True}


def test_serve_refuses_to_start_without_a_key(tmp_path: Path) -> None:
    refused = prodops(tmp_path, "serve")
    assert refused.returncode == 2
    assert "PRODOPS_SECRET_KEYS" in refused.stderr
    assert "prodops keys new" in refused.stderr


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_database_out_of_reach_is_told_in_one_sentence(tmp_path: Path, command: str) -> None:
    url = "postgresql://nobody@127.0.0.1:1/nothing"
    refused = prodops(tmp_path, command, PRODOPS_DATABASE_URL=url, PRODOPS_SECRET_KEYS=new_key())
    assert refused.returncode == 1
    assert "PRODOPS_DATABASE_URL" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_wrong_settings_are_named_in_one_sentence(tmp_path: Path) -> None:
    refused = prodops(tmp_path, "serve", PRODOPS_TIMEZONE="Mars/Olympus", PRODOPS_SECRET_KEYS="not-a-key-but-secret")
    assert refused.returncode == 2
    assert "PRODOPS_TIMEZONE" in refused.stderr
    assert "PRODOPS_SECRET_KEYS" in refused.stderr
    assert "not-a-key-but-secret" not in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_database_that_is_not_migrated_is_said(tmp_path: Path) -> None:
    refused = prodops(tmp_path, "token", "create", "--role", "viewer", "--name", "x")
    assert refused.returncode == 2
    assert "prodops migrate" in refused.stderr


def test_a_token_is_printed_once_and_kept_as_a_digest(folder: Path) -> None:
    made = prodops(folder, "token", "create", "--role", "viewer", "--name", "Grafana")
    assert made.returncode == 0
    token = made.stdout.strip()
    stored = b"".join(path.read_bytes() for path in folder.glob("prodops.db*"))
    assert token.encode() not in stored
    assert b"Grafana" in stored


@pytest.mark.parametrize("arguments", [["--role", "ingest"], ["--role", "viewer", "--source", "Jira"]])
def test_only_an_ingest_token_has_a_source_and_it_must(folder: Path, arguments: list[str]) -> None:
    refused = prodops(folder, "token", "create", "--name", "x", *arguments)
    assert refused.returncode == 2
    assert "--source" in refused.stderr


def test_a_new_key_is_one_that_serve_takes() -> None:
    Keyring([prodops(Path(), "keys", "new").stdout.strip()])


def test_rotating_seals_everything_under_the_new_key_and_names_what_is_lost(folder: Path) -> None:
    new, foreign = new_key(), new_key()
    kept, lost = add_source(folder, "kept", KEY), add_source(folder, "lost", foreign)
    rotated = prodops(folder, "keys", "rotate", "--json", PRODOPS_SECRET_KEYS=f"{new},{KEY}")
    assert rotated.returncode == 1
    assert json.loads(rotated.stdout) == {"rotated": ["kept"], "lost": ["lost"]}
    db = database(folder)
    with db.read() as connection:
        sealed = sources.credentials(connection, kept.id)
        untouched = sources.credentials(connection, lost.id)
    db.close()
    assert sealed is not None
    assert b"a-fake-token" in credentials.unseal(Keyring([new]), kept.id, sealed)
    assert untouched is not None
    assert b"a-fake-token" in credentials.unseal(Keyring([foreign]), lost.id, untouched)


def test_doctor_finds_credentials_that_cannot_be_opened(folder: Path) -> None:
    add_source(folder, "kept", KEY)
    well = prodops(folder, "doctor", "--json", PRODOPS_SECRET_KEYS=KEY)
    assert well.returncode == 0
    assert all(check["status"] == "ok" for check in json.loads(well.stdout)["checks"])
    ill = prodops(folder, "doctor", PRODOPS_SECRET_KEYS=new_key())
    assert ill.returncode == 1
    assert "Enter them again." in ill.stdout


def test_doctor_says_that_a_database_is_not_migrated(tmp_path: Path) -> None:
    ill = prodops(tmp_path, "doctor", PRODOPS_SECRET_KEYS=KEY)
    assert ill.returncode == 1
    assert "prodops migrate" in ill.stdout


def test_a_source_that_is_not_there_is_answered_with_those_that_are(folder: Path) -> None:
    add_source(folder, "kept", KEY)
    refused = prodops(folder, "sync", "another", PRODOPS_SECRET_KEYS=KEY)
    assert refused.returncode == 2
    assert "'kept'" in refused.stderr


def test_a_sync_that_fails_says_why_and_what_to_do(folder: Path) -> None:
    add_source(folder, "kept", new_key())
    failed = prodops(folder, "sync", "kept", "--json", PRODOPS_SECRET_KEYS=KEY)
    assert failed.returncode == 1
    run = json.loads(failed.stdout)
    assert run["status"] == "failed"
    assert run["error"]["kind"] == "auth"
    assert run["error"]["remedy"] == "Enter them again."

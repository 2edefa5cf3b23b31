"""`prodops user`: accounts of people who sign in, made and mended on the machine of the database."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import Connection

from app.cli.session import AsJson, Session
from app.core import passwords
from app.core.passwords import WeakPasswordError
from app.store import audit, sign_ins, user_sessions, users

app = typer.Typer(help="Accounts of people who sign in.", no_args_is_help=True)
_ACTOR = "command line"
_ASKED = typer.Option(
    prompt=True,
    confirmation_prompt=True,
    hide_input=True,
    help="Asked for where it is not given; in a script, by the environment: it shows in no list of processes.",
    envvar="PRODOPS_USER_PASSWORD",
)


class Role(StrEnum):
    """What somebody may do."""

    viewer = "viewer"
    editor = "editor"
    admin = "admin"


@app.callback()
def _group() -> None:
    """Accounts of people who sign in."""


@app.command()
def create(
    email: Annotated[str, typer.Argument(help="The address to sign in with.")],
    name: Annotated[str, typer.Option(help="How pages call the person.")],
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.viewer,
    password: Annotated[str, _ASKED] = "",
    as_json: AsJson = False,
) -> None:
    """Make an account."""
    session, hashed = _begun(password, as_json=as_json)
    db = session.database()
    now = session.clock.now()
    with db.write() as connection:
        user_id = users.add(
            connection, email=email, name=name, password_hash=hashed, role=role.value, locale=None, now=now
        )
        if user_id is None:
            session.fail(f"There is an account with the address '{users.address(email)}'.", "Reset its password.")
        _record(connection, now, "user.create", user_id, role=role.value)
    db.close()
    told = {"id": user_id, "email": users.address(email), "role": role.value}
    session.result(told, f"{users.address(email)} can sign in as {role.value}.")


@app.command("reset-password")
def reset_password(
    email: Annotated[str, typer.Argument(help="The account's address.")],
    password: Annotated[str, _ASKED] = "",
    as_json: AsJson = False,
) -> None:
    """Set a new password; every session of the account ends, and it waits for nothing any more."""
    session, hashed = _begun(password, as_json=as_json)
    db = session.database()
    with db.write() as connection:
        row = users.find_by_email(connection, email)
        if row is None:
            session.fail(f"There is no account with the address '{users.address(email)}'.", "See 'prodops user list'.")
        user_id: UUID = row["id"]
        users.change(connection, user_id, {"password_hash": hashed})
        user_sessions.end_all(connection, user_id)
        sign_ins.forget(connection, sign_ins.subject("account", users.address(email)))
        _record(connection, session.clock.now(), "user.password", user_id)
    db.close()
    session.result({"id": user_id, "email": row["email"]}, f"{row['email']} has a new password.")


@app.command("list")
def list_accounts(as_json: AsJson = False) -> None:
    """Tell who has an account."""
    session = Session(as_json=as_json)
    db = session.database()
    with db.read() as connection:
        rows = users.every(connection)
    db.close()
    names = ("id", "email", "name", "role", "created_at", "seen_at", "disabled_at")
    text = "\n".join(
        f"{row['email']}  {row['role']}  {row['name']}{'' if row['disabled_at'] is None else '  (disabled)'}"
        for row in rows
    )
    session.result({"users": [{name: row[name] for name in names} for row in rows]}, text or "Nobody has an account.")


def _begun(password: str, *, as_json: bool) -> tuple[Session, str]:
    """A session that shows the password nowhere, and the password as it is stored."""
    session = Session(as_json=as_json)
    session.mask.add([password])
    try:
        return session, passwords.hash_of(password)
    except WeakPasswordError as error:
        session.fail(str(error), "Choose another one.")


def _record(connection: Connection, now: datetime, action: str, user_id: UUID, **detail: str) -> None:
    audit.record(connection, at=now, actor=_ACTOR, action=action, target=f"user:{user_id}", detail=detail)

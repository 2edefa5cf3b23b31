"""`prodops token`: make a token without an admin's token, on the machine of the database."""

from enum import StrEnum
from typing import Annotated

import typer

from app.cli.session import AsJson, Session
from app.store import audit, sources, tokens

app = typer.Typer(help="API tokens.", no_args_is_help=True)


class Role(StrEnum):
    """What a token may do."""

    viewer = "viewer"
    editor = "editor"
    admin = "admin"
    ingest = "ingest"


@app.callback()
def _group() -> None:
    """API tokens."""


@app.command()
def create(
    role: Annotated[Role, typer.Option(help="What the token may do.")],
    name: Annotated[str, typer.Option(help="Who or what will use it.")],
    source: Annotated[str | None, typer.Option(help="The one source that an ingest token may push to.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print a new token. It is shown this once and stored as a digest."""
    session = Session(as_json=as_json)
    if (role is Role.ingest) != (source is not None):
        session.fail("An ingest token, and no other, needs --source.")
    db = session.database()
    now = session.clock.now()
    with db.write() as connection:
        found = None if source is None else sources.get_by_name(connection, source)
        if source is not None and found is None:
            session.fail(f"There is no source named '{source}'.")
        row, token = tokens.create(
            connection, name=name, role=role.value, now=now, source_id=None if found is None else found.id
        )
        audit.record(
            connection,
            at=now,
            actor="command line",
            action="token.create",
            target=str(row["id"]),
            detail={"name": name, "role": role.value},
        )
    db.close()
    if as_json:
        session.result({"id": str(row["id"]), "name": name, "role": role.value, "token": token}, "")
    else:
        typer.echo(token)

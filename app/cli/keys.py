"""`prodops keys`: make a secret key, or seal everything again under the newest one."""

import typer

from app.cli.session import AsJson, Session
from app.core.crypto import SealError, new_key
from app.ingest import credentials, erasure
from app.store import sources

app = typer.Typer(help="Secret keys.", no_args_is_help=True)


@app.command()
def new() -> None:
    """Print a fresh key for PRODOPS_SECRET_KEYS."""
    typer.echo(new_key())


@app.command()
def rotate(as_json: AsJson = False) -> None:
    """Seal every credential under the newest key. Can be stopped and run again; drop the old key afterwards."""
    session = Session(as_json=as_json)
    keyring = session.settings.keyring()
    if not keyring:
        session.fail("No secret key is set.", "Set PRODOPS_SECRET_KEYS, the new key first.")
    db = session.database()
    with db.read() as connection:
        every = sources.every(connection)
    rotated, lost = [], []
    for source in every:
        with db.write() as connection:
            try:
                if credentials.rotate(connection, keyring, source.id):
                    rotated.append(source.name)
            except SealError:
                lost.append(source.name)
    with db.write() as connection:
        try:
            erasure.rotate(connection, keyring)
        except SealError:
            lost.append("the memory of who was erased")
    db.close()
    text = f"{len(rotated)} of {len(every)} sources were sealed again."
    if lost:
        text += f" Enter the credentials again of: {', '.join(lost)} (their key is not in PRODOPS_SECRET_KEYS)."
    session.result({"rotated": rotated, "lost": lost}, text)
    if lost:
        raise typer.Exit(1)

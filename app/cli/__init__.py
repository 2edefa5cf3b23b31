"""The `prodops` command. Each command is a module; each takes `--json`."""

import typer

from app.cli import connectors, demo, doctor, import_file, keys, migrate, serve, sync, tokens, users, worker

app = typer.Typer(
    name="prodops",
    help="Reads a company's delivery and product tools, and answers how long work takes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)
app.command("demo")(demo.demo)
app.command("sync")(sync.sync)
app.command("import")(import_file.import_file)
app.command("migrate")(migrate.migrate)
app.command("doctor")(doctor.doctor)
app.add_typer(tokens.app, name="token")
app.add_typer(users.app, name="user")
app.add_typer(keys.app, name="keys")
app.add_typer(connectors.app, name="connector")


def main() -> None:
    """The entry point of the command line."""
    app()

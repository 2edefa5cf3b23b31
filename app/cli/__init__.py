"""The `prodops` command. Each command is a module; each takes `--json`."""

import gc
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

SUMMARIES = {
    "serve": "Start the API, the clock and a worker; migrates the database first.",
    "worker": "Run queued syncs until it is told to end. `prodops serve` starts one; more may run on other machines.",
    "demo": "Start everything on this machine: sandboxes of four tools, a first sync, the service. A second start is "
    "quick.",
    "sync": "Read a source now. Exit status: 0 all read, 3 incomplete (heals by itself), 4 cancelled, 1 a person must "
    "act.",
    "import": "Import a file's records. Done again, it changes nothing.",
    "migrate": "Bring the database to this version's tables. Safe to repeat, and to run from several machines at once.",
    "doctor": "Look at settings, database, keys and queue; exit status 1 where something is wrong.",
    "token": "API tokens.",
    "user": "Accounts of people who sign in.",
    "keys": "Secret keys.",
    "connector": "Connectors.",
}
"""Every command, with what the list of commands says of it: asking its module would import it."""

_MODULES = {"import": "import_file", "token": "tokens", "user": "users", "connector": "connectors"}
"""Where a command's module has another name."""


class _OnDemand(TyperGroup):
    """Imports a command's module when it is called: all of them are most of the service, and take seconds."""

    def __init__(self, **given: Any) -> None:
        commands = {name: TyperCommand(name, help=summary) for name, summary in SUMMARIES.items()}
        super().__init__(**{**given, "commands": commands})

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command's name, the command, and its own arguments."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command if name is None else imported(name), rest


def imported(name: str) -> Any:
    """A command from its module: the Typer `app` that groups its own commands, or the function named as the module."""
    within = _MODULES.get(name, name)
    # What is imported stays: to look for cycles in it, again and again while it grows, is a fifth of the time.
    gc.disable()
    module = import_module(f"app.cli.{within}")
    gc.freeze()
    gc.enable()
    holder = typer.Typer()
    if hasattr(module, "app"):
        holder.add_typer(module.app, name=name)
    else:
        holder.command(name)(getattr(module, within))
    return get_group(holder).commands[name]


app = typer.Typer(
    name="prodops",
    cls=_OnDemand,
    help="Reads a company's delivery and product tools, and answers how long work takes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _group() -> None:
    """Makes a group of it, although its commands are known by name alone."""


def main() -> None:
    """The entry point of the command line."""
    app()

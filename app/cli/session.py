"""What every command begins with: the settings, the logs, the database, and a way to say things."""

import json
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console

from app.core.clock import SystemClock
from app.core.db import Database
from app.core.logging import SecretMask, configure_logging
from app.core.settings import Settings
from app.store.migrate import is_migrated

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]

EXIT_WRONG = 2
"""The command was called or configured wrongly; nothing was done."""


class Session:
    """One run of a command: `--json` puts its result on standard output as JSON, and everything else aside.

    A `service` logs at the level that the settings name; a command that a person watches only what is wrong.
    """

    def __init__(self, *, as_json: bool, service: bool = False, **overrides: Any) -> None:
        self.as_json = as_json
        self.console = Console(stderr=as_json)
        self.settings = self._settings(overrides)
        self.clock = SystemClock()
        self.mask = SecretMask(self.settings.secret_values())
        configure_logging(self.mask, level=self.settings.log_level.upper() if service else "WARNING")

    def database(self, *, migrated: bool = True) -> Database:
        """The deployment's database; ends the command if it is not `migrated`, unless that is no matter."""
        try:
            db = Database(self.settings.database_url)
        except ValueError as error:
            self.fail(str(error))
        if migrated and not is_migrated(db):
            self.fail("The database cannot be reached or is not migrated.", "Run 'prodops migrate'.")
        return db

    def say(self, text: str) -> None:
        """Tell a person; with `--json` it goes to standard error."""
        # Wrapped by the terminal if there is one: a line in a file is a line.
        self.console.print(text, highlight=False, soft_wrap=True)

    def result(self, value: dict[str, Any], text: str) -> None:
        """The command's result: `value` as JSON, or `text`."""
        if self.as_json:
            typer.echo(json.dumps(value, default=str))
        else:
            self.say(text)

    def fail(self, message: str, remedy: str = "", *, code: int = EXIT_WRONG) -> NoReturn:
        """End the command with a sentence and what to do."""
        if self.as_json:
            typer.echo(json.dumps({"error": message, "remedy": remedy}))
        else:
            Console(stderr=True).print(
                f"[bold red]Error:[/] {message} {remedy}".rstrip(), highlight=False, soft_wrap=True
            )
        raise typer.Exit(code)

    def _settings(self, overrides: dict[str, Any]) -> Settings:
        try:
            return Settings(**overrides)
        except ValidationError as error:
            wrong = "; ".join(
                f"PRODOPS_{'_'.join(str(part) for part in problem['loc'][:1]).upper()}: {problem['msg']}"
                for problem in error.errors(include_input=False, include_url=False)
            )
            self.fail(f"The settings are wrong. {wrong}", "Mend the environment or .env.")

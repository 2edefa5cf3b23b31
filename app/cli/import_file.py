"""`prodops import FILE`: put the records of a file into a source, as a push would."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, Any, BinaryIO, TextIO

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from app.cli.import_preview import fields_of, shown, told
from app.cli.runtime import collect_seldom
from app.cli.session import AsJson, Session
from app.cli.sources import find_source
from app.core.crypto import SealError
from app.core.db import Database
from app.core.errors import ProblemError
from app.facts.dirty import build_dirty
from app.ingest import identity
from app.ingest.push import Format, Pushed, lines_of, store
from connectors.kit.records import PUSHABLE

EXIT_REJECTED = 1
EXIT_CANCELLED = 4

_PIECE = 1 << 18
_AT_ONCE = 10_000
"""Lines in a transaction: each waits for the disc once."""
_PREVIEWED = 3
_SHOWN_ERRORS = 10
_ENDINGS: dict[str, Format] = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson"}


class FileFormat(StrEnum):
    """How the file is written."""

    csv = "csv"
    ndjson = "ndjson"


@dataclass(slots=True)
class Imported:
    """What became of a file; `errors` are the first ones."""

    accepted: int = 0
    unchanged: int = 0
    rejected: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)

    def add(self, part: Pushed) -> None:
        """Count some lines more."""
        self.accepted += part.accepted
        self.unchanged += part.unchanged
        self.rejected += len(part.rejected)
        self.errors += part.rejected[: _SHOWN_ERRORS - len(self.errors)]


def import_file(
    file: Annotated[str, typer.Argument(help="A CSV or NDJSON file in UTF-8; '-' reads standard input.")],
    *,
    source: Annotated[str, typer.Option(help="The name or id of the source that the records belong to.")],
    record_type: Annotated[str, typer.Option("--type", help=f"One of {', '.join(PUSHABLE)}.")],
    renamed: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="COLUMN=FIELD",
            help="The field that a CSV column holds; 'COLUMN=' leaves the column out. May be repeated.",
        ),
    ] = None,
    file_format: Annotated[
        FileFormat | None, typer.Option("--format", help="How the file is written, where its name does not tell.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Store without asking.")] = False,
    preview: Annotated[bool, typer.Option("--preview", help="Show the first records and store nothing.")] = False,
    errors: Annotated[
        Path | None, typer.Option(help="Write every rejected line to this file, as NDJSON.", dir_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Import a file's records. Done again, it changes nothing.

    Exit status: 0 all stored, 1 some lines were rejected, 2 nothing was done, 4 stopped on the way.
    """
    session = Session(as_json=as_json)
    if record_type not in PUSHABLE:
        session.fail(f"There is no record type '{record_type}'.", f"There are: {', '.join(PUSHABLE)}.")
    form = _format(session, file, file_format)
    columns = _columns(session, form, record_type, renamed or [])
    if not (yes or preview) and (as_json or file == "-" or not sys.stdin.isatty()):
        session.fail("Nobody can be asked here.", "Add --yes to store, or --preview to look only.")
    db = session.database()
    found = find_source(session, db, source)
    with ExitStack() as stack:
        stack.callback(db.close)
        stack.enter_context(_refusals(session, file))
        opened, size = _open(session, stack, file)
        body = _Counted(opened)
        read = lines_of(record_type, body.pieces(), form=form, columns=columns)
        first = list(islice(read, _PREVIEWED))
        if not first and not body.done:
            session.fail(f"{file} is empty.", "Check that it was written to its end.")
        if preview:
            if as_json:
                session.result({"preview": [told(line) for line in first]}, "")
            else:
                session.console.print(shown(first))
            return
        if not yes:
            session.console.print(shown(first))
            if not typer.confirm(f"Store {file} as {record_type} of '{found.name}'?"):
                session.say("Nothing was stored.")
                raise typer.Exit(EXIT_CANCELLED)
        kept = None if errors is None else stack.enter_context(_errors_file(session, errors, file))
        imported = Imported()
        collect_seldom()
        parts = store(
            db,
            found.id,
            chain(first, read),
            keyring=session.settings.keyring(),
            now=session.clock.now,
            at_once=_AT_ONCE,
        )
        try:
            with _progress(None if as_json else session.console, size) as show:
                for part in parts:
                    imported.add(part)
                    if kept is not None:
                        kept.writelines(f"{json.dumps(one)}\n" for one in part.rejected)
                    show(body.done)
            _join_and_build(session, db, record_type)
        except KeyboardInterrupt:
            _tell(session, imported, file)
            session.say("Stopped. Start it again: what is stored already changes nothing.")
            raise typer.Exit(EXIT_CANCELLED) from None
        _tell(session, imported, file)
    if imported.rejected:
        raise typer.Exit(EXIT_REJECTED)


def _join_and_build(session: Session, db: Database, record_type: str) -> None:
    if record_type in identity.ABOUT_PEOPLE:
        identity.settle(db, zone=session.settings.zone, now=session.clock.now())
    build_dirty(db)


def _format(session: Session, file: str, given: FileFormat | None) -> Format:
    if given is not None:
        return given.value
    found = _ENDINGS.get(Path(file).suffix.lower())
    if found is None:
        session.fail(f"The name '{file}' does not tell the format.", "Add --format csv or --format ndjson.")
    return found


def _columns(session: Session, form: Format, record_type: str, renamed: Sequence[str]) -> dict[str, str]:
    if renamed and form != "csv":
        session.fail("--map renames the columns of CSV.", "Name the fields of NDJSON as the record type does.")
    fields = fields_of(record_type)
    columns: dict[str, str] = {}
    for text in renamed:
        column, separator, name = (part.strip() for part in text.rpartition("="))
        if not separator or not column:
            session.fail(f"--map '{text}' is not COLUMN=FIELD.", "Write it as --map 'Title of the item=title'.")
        if column in columns:
            session.fail(f"--map names the column '{column}' twice.", "Keep one of them.")
        if name and name not in fields:
            session.fail(f"{record_type} have no field '{name}'.", f"There are: {', '.join(fields)}.")
        columns[column] = name
    return columns


def _open(session: Session, stack: ExitStack, file: str) -> tuple[BinaryIO, int | None]:
    """The file and its size, where it is known."""
    if file == "-":
        return sys.stdin.buffer, None
    path = Path(file)
    try:
        if path.is_dir():
            session.fail(f"{file} is a folder.", "Name a file in it.")
        size = path.stat().st_size if path.is_file() else None
        return stack.enter_context(path.open("rb")), size
    except FileNotFoundError:
        session.fail(f"There is no file {file}.", "Check the path.")
    except OSError as error:
        session.fail(f"{file} cannot be read: {error.strerror}.", "Check the path and its permissions.")


class _Counted:
    """The bytes of a file in pieces; `done` is how many were read."""

    def __init__(self, opened: BinaryIO) -> None:
        self._opened = opened
        self.done = 0

    def pieces(self) -> Iterator[bytes]:
        while piece := self._opened.read(_PIECE):
            self.done += len(piece)
            yield piece


@contextmanager
def _refusals(session: Session, file: str) -> Iterator[None]:
    """Ends the command with one sentence where the file as a whole is refused."""
    try:
        yield
    except ProblemError as problem:
        columns: dict[str, list[str]] = {}
        for error in problem.errors:
            if len(error["loc"]) > 2:
                columns.setdefault(error["msg"], []).append(f"'{error['loc'][-1]}'")
        wrong = [f"{', '.join(names)}: {reason}" for reason, names in columns.items()]
        remedy = "Rename columns with --map COLUMN=FIELD, or leave them out with --map COLUMN=." if wrong else ""
        session.fail(escape(" ".join((f"{file}: {problem.detail}", *wrong))), remedy)
    except SealError as error:
        session.fail(str(error), "Events are counted with a key that is sealed with it.")


@contextmanager
def _errors_file(session: Session, path: Path, file: str) -> Iterator[TextIO]:
    if file != "-" and path.exists() and path.samefile(file):
        session.fail("--errors names the file that is imported.", "Name another one.")
    try:
        opened = path.open("w", encoding="utf-8")
    except OSError as error:
        session.fail(f"{path} cannot be written: {error.strerror}.", "Name another file for --errors.")
    with opened:
        yield opened


@contextmanager
def _progress(console: Console | None, size: int | None) -> Iterator[Any]:
    if console is None:
        yield lambda done: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Importing", total=size)
        yield lambda done: progress.update(task, completed=done)


def _tell(session: Session, imported: Imported, file: str) -> None:
    text = f"{file}: {imported.accepted} stored, {imported.unchanged} unchanged, {imported.rejected} rejected."
    for one in imported.errors:
        for error in one["errors"]:
            place = ".".join(str(part) for part in error["loc"])
            text += f"\n  line {one['line']}: {f'{place}: ' if place else ''}{error['msg']}"
    if imported.rejected > len(imported.errors):
        text += f"\n  and {imported.rejected - len(imported.errors)} lines more: --errors FILE keeps all of them"
    session.result(asdict(imported), escape(text))

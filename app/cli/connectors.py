"""`prodops connector new`: the folder of a new connector, from a template that works at once."""

import re
import sys
from importlib import resources
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from keyword import iskeyword
from pathlib import Path
from typing import Annotated

import typer

from app.cli.session import AsJson, Session
from connectors import registry

app = typer.Typer(help="Connectors.", no_args_is_help=True)

_NAME = re.compile(r"(?=.{1,32}$)[a-z][a-z0-9]*(_[a-z0-9]+)*")
_IMPORTS = re.compile(r"(?:^from connectors\.[^\n]*\n)+", re.MULTILINE)
_ENDING = ".template"
_TEST = "test_conformance.py"


@app.callback()
def _group() -> None:
    """Keeps `new` a command of its own, although it is the only one."""


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="The connector's kind, such as 'trello'.")],
    folder: Annotated[
        Path | None,
        typer.Option(help="Where its folder is made; 'connectors' in a checkout of this service, else here."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a new connector's folder, with a sandbox and a test that passes at once."""
    session = Session(as_json=as_json)
    beside = folder or (Path("connectors") if _is_built_in(Path("connectors")) else Path())
    _check(session, name, beside)
    package = f"connectors.{name}" if _is_built_in(beside) else name
    title = name.replace("_", " ").title()
    words = {"kind": name, "title": title, "class": title.replace(" ", ""), "package": package}
    files = {path: _filled(text, words) for path, text in _templates(resources.files("app.cli") / "connector_template")}
    test = beside.parent / "tests" / "connectors" / name if _is_built_in(beside) else beside / name / "tests"
    written: list[Path] = []
    try:
        for path, text in files.items():
            target = test / path if path == _TEST else beside / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            written.append(target)
    except OSError as error:
        session.fail(f"{beside / name} cannot be written: {error.strerror}.", "Name another --folder.", code=1)
    session.result(
        {"kind": name, "package": package, "files": [str(path) for path in written]},
        f"Made {beside / name} with {len(written)} files. Try it: python -m pytest {test / _TEST}\n"
        "How to go on from there: docs/developing.md",
    )


def _check(session: Session, name: str, beside: Path) -> None:
    """Ends the command unless the name can be a connector's, and is free."""
    if not _NAME.fullmatch(name):
        session.fail(
            f"'{name}' is no name for a connector.",
            "Take up to 32 lower-case letters and digits, a letter first, with single underscores between words.",
        )
    if iskeyword(name):
        session.fail(f"'{name}' is a word of Python.", "Take another name.")
    if name in registry.load().connectors:
        session.fail(f"There is a connector '{name}' already.", "Take another name.")
    if not beside.is_dir():
        session.fail(f"There is no folder {beside}.", "Make it, or name another --folder.")
    if name == "kit" and _is_built_in(beside):
        session.fail("'kit' is what connectors are made of.", "Take another name.")
    if (beside / name).exists():
        session.fail(f"{beside / name} is there already.", "Take another name, or remove it.")
    if (beside / f"{name}.py").exists():
        session.fail(f"{beside / name}.py is there already.", "Take another name: its folder would hide that module.")
    if not _is_built_in(beside) and (name in sys.stdlib_module_names or find_spec(name) is not None):
        session.fail(f"There is a Python module '{name}' already.", "Take another name: imports would find the other.")


def _is_built_in(folder: Path) -> bool:
    """Whether connectors in this folder are this service's own."""
    return (folder / "registry.py").is_file() and (folder / "kit").is_dir()


def _templates(folder: Traversable, above: str = "") -> list[tuple[str, str]]:
    """(path in the connector's folder, text) of every template."""
    found: list[tuple[str, str]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            found += _templates(entry, f"{above}{entry.name}/")
        elif entry.name.endswith(_ENDING):
            found.append((above + entry.name.removesuffix(_ENDING), entry.read_text(encoding="utf-8")))
    return found


def _filled(text: str, words: dict[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(f"{{{{{word}}}}}", value)
    return _IMPORTS.sub(_in_order, text)


def _in_order(block: re.Match[str]) -> str:
    """A block of imports as the lints want it: where a name stands in it depends on the name."""
    lines = [line.partition(" import ")[::2] for line in block[0].splitlines()]
    return "".join(
        f"{module} import {', '.join(sorted(names.split(', '), key=_rank))}\n" for module, names in sorted(lines)
    )


def _rank(name: str) -> tuple[bool, bool, str]:
    """Constants, then classes, then functions."""
    return not name.isupper(), name[0].islower(), name.lower()

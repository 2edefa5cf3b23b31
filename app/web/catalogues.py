"""Keeps the catalogues with the sentences of templates and sources: `make translations`, and the test of them.

The English catalogue says of each sentence what its id says; the French one keeps what was translated, and gets an
empty entry for what is new. A sentence that nothing shows any more leaves both.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from pydantic import TypeAdapter

from app.core.language import Language
from app.core.texts import FOLDER
from app.web.admin import schema_form
from connectors.registry import BUILT_IN

ROOT = Path(__file__).parents[1]
PLACES = ("web", "digest", "charts", "core")
"""The packages that show sentences; the forms of sources show those of the connectors' schemas."""

_METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
_OPTIONS = {"**/templates/**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}
_KEYWORDS = {"gettext": None, "ngettext": (1, 2), "_": None, "marked": None}

Id = str | tuple[str, str]


def sentences() -> dict[Id, set[str]]:
    """Every sentence in templates and sources, a plural one as a pair, and the files that show it."""
    found: dict[Id, set[str]] = {}
    for place in PLACES:
        folder = ROOT / place
        if folder.is_dir():
            for file, _, message, _, _ in extract_from_dir(
                folder, _METHODS, _OPTIONS, keywords=_KEYWORDS, comment_tags=()
            ):
                identity = (message[0], message[1]) if isinstance(message, tuple) else message
                found.setdefault(identity, set()).add(f"app/{place}/{file}")
    for connector in BUILT_IN:
        schemas = connector.Config.model_json_schema(), TypeAdapter(connector.Credentials).json_schema()
        for sentence in filter(None, (one for schema in schemas for one in schema_form.sentences(schema))):
            found.setdefault(sentence, set()).add(f"connectors/{connector.kind}")
    return found


def path_of(language: Language) -> Path:
    """Where a language's catalogue is."""
    return FOLDER / language / "LC_MESSAGES" / "prodops.po"


def read(language: Language) -> Catalog:
    """A language's catalogue; an empty one where there is none yet."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=str(language))
    with path.open("rb") as file:
        return read_po(file, locale=str(language))


def translations(catalogue: Catalog) -> dict[Id, Id]:
    """What a catalogue says of each sentence."""
    return {_id(message): _id_of(message.string) for message in catalogue if message.id}


def updated(language: Language) -> Catalog:
    """The catalogue with exactly the sentences that there are."""
    known = translations(read(language))
    fresh = Catalog(locale=str(language))
    for identity, files in sorted(sentences().items(), key=lambda entry: str(entry[0])):
        empty: Id = ("", "") if isinstance(identity, tuple) else ""
        said = identity if language is Language.EN else known.get(identity, empty)
        fresh.add(identity, said, locations=[(file, 0) for file in sorted(files)])
    return fresh


def missing(catalogue: Catalog) -> Iterator[Id]:
    """Sentences that the catalogue says nothing of."""
    for identity, said in translations(catalogue).items():
        if not said or (isinstance(said, tuple) and not all(said)):
            yield identity


def main() -> int:
    """Write both catalogues; tells what French does not say yet."""
    for language in Language:
        catalogue = updated(language)
        path = path_of(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".new")
        with beside.open("wb") as file:
            write_po(file, catalogue, width=110, include_lineno=False, sort_output=True, omit_header=True)
        beside.replace(path)
        for identity in missing(catalogue):
            sys.stderr.write(f"{language}: not translated: {identity!r}\n")
    return 0


def _id(message: Message) -> Id:
    return _id_of(message.id)


def _id_of(text: object) -> Id:
    if isinstance(text, list | tuple):
        return (str(text[0]), str(text[1])) if len(text) > 1 else (str(text[0]), "")
    return str(text)


if __name__ == "__main__":
    raise SystemExit(main())

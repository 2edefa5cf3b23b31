"""The texts of the screens and messages: gettext catalogues, read as they are written, with no build step.

A message's id is its English sentence. `gettext` and `ngettext` of a `Texts` translate; `marked` marks a sentence
that is translated where it is shown.
"""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from app.core.language import Language

FOLDER = Path(__file__).parents[1] / "web" / "translations"


def marked(message: str) -> str:
    """The sentence itself: it is found for the catalogues here, and translated elsewhere."""
    return message


class Texts:
    """The sentences of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.translations = _catalogue(language)

    def gettext(self, message: str, /, **values: object) -> str:
        """The sentence in this language, with its `%(name)s` filled in."""
        return self.translations.gettext(message) % values if values else self.translations.gettext(message)

    def ngettext(self, one: str, many: str, number: int, /, **values: object) -> str:
        """The sentence for that number of things, which it may name as `%(num)s`."""
        return self.translations.ngettext(one, many, number) % {"num": self.language.number(number), **values}


@cache
def texts_of(language: Language) -> Texts:
    """The sentences of a language, read once."""
    return Texts(language)


@cache
def _catalogue(language: Language) -> Translations:
    with (FOLDER / language / "LC_MESSAGES" / "prodops.po").open("rb") as file:
        catalogue = read_po(file, locale=str(language))
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)

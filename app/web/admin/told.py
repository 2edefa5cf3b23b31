"""What is said in English below the pages, by connectors, by the API and in stored errors, in a page's language.

Connectors are written for every deployment, packages of others among them, so they speak English only, as the API
does. What they say is held against the sentences that are known (`sentences.py`); one that is not stays as it is.
"""

import re
from functools import cache

from app.core.language import Language
from app.core.texts import Texts, texts_of
from app.web.admin.sentences import SENTENCES

_VALUE = re.compile(r"%\((\w+)\)s")
_END = re.compile(r"(?<=[.?!]) ")
_DEEPEST = 3
"""An error may stand in a finding, and a finding in a refusal."""


def told(sentence: str, language: Language) -> str | None:
    """An English sentence in another language; None where it is not known, or English is asked for."""
    return None if language is Language.EN else _told(sentence, texts_of(language), _DEEPEST)


def _told(sentence: str, texts: Texts, depth: int) -> str | None:
    for known, shape in _shapes():
        found = shape.fullmatch(sentence)
        if found is not None:
            values = found.groupdict()
            if depth:
                values = {name: _told(value, texts, depth - 1) or value for name, value in values.items()}
            return texts.gettext(known, **values) if values else texts.gettext(known)
    for end in _END.finditer(sentence):
        first, rest = (_told(part, texts, 0) for part in (sentence[: end.start()], sentence[end.end() :]))
        if first and rest:
            return f"{first} {rest}"
    return None


@cache
def _shapes() -> list[tuple[str, re.Pattern[str]]]:
    """Every known sentence with its pattern, those that leave least open first."""
    ordered = sorted(SENTENCES, key=lambda known: (len(_VALUE.findall(known)), -len(_VALUE.sub("", known))))
    return [(known, re.compile(_pattern(known), re.DOTALL)) for known in ordered]


def _pattern(known: str) -> str:
    parts = _VALUE.split(known)
    return "".join(re.escape(part) if place % 2 == 0 else f"(?P<{part}>.+)" for place, part in enumerate(parts))

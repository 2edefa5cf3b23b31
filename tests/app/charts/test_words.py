"""The texts of charts: complete in both languages, with the same values, in each language's typography."""

import re
from collections.abc import Iterator

from app.charts import words
from app.metrics.declaration import Text


def texts() -> Iterator[Text]:
    for name, value in vars(words).items():
        if name in ("MEASURES", "DIMENSIONS"):
            continue  # Those of the metrics.
        if isinstance(value, Text):
            yield value
        elif isinstance(value, dict):
            yield from (one for one in value.values() if isinstance(one, Text))


def test_both_languages_say_the_same_values() -> None:
    for text in texts():
        assert text.en
        assert text.fr
        assert sorted(re.findall(r"\{\w+\}", text.en)) == sorted(re.findall(r"\{\w+\}", text.fr)), text.en


def test_french_keeps_its_typography() -> None:
    wrong = [text.fr for text in texts() if re.search(r"'|\"| [:;?!%»]|« |[^\s\u00a0\u202f][:;?!»](?=\s|$)", text.fr)]
    assert wrong == [], "French sets ’, « », and a no-break space before : ; ? ! %"

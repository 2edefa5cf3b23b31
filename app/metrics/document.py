"""The page about the metrics, made from their declarations: `python -m app.metrics.document > docs/metrics.md`."""

import sys
from collections.abc import Iterator, Sequence
from typing import Literal

from app.metrics.catalogue import CATALOGUE
from app.metrics.declaration import Declared, Text
from app.metrics.insights import INSIGHTS
from app.metrics.words import BETTER, DIMENSIONS, GRAINS, MEASURES, UNITS, Words

Language = Literal["en", "fr"]

_TITLE = Text(en="Metrics", fr="Mesures")
_INTRODUCTION = Text(
    en="Made from the declarations in `app/metrics` by `make docs`; a test keeps it so. Ask for a metric with "
    "`GET /api/v1/metrics/{name}`. An empty rate or percentile is `null`, an empty count is 0, and every answer says "
    "what it left out (`excluded`) and what it kept with a doubt (`flagged`).",
    fr="Produite à partir des déclarations de `app/metrics` par `make docs` ; un test y veille. Demandez une mesure "
    "avec `GET /api/v1/metrics/{name}`. Un taux ou un centile vide vaut `null`, un compte vide vaut 0, et chaque "
    "réponse dit ce qu’elle a exclu (`excluded`) et ce qu’elle a gardé avec un doute (`flagged`).",
)
_NAME = Text(en="name", fr="nom")
_UNIT = Text(en="unit", fr="unité")
_MEASURES = Text(en="measures", fr="valeurs")
_DIMENSIONS = Text(en="grouped and filtered by", fr="regroupée et filtrée par")
_GRAINS = Text(en="grains", fr="granularités")
_VERSION = Text(en="version", fr="version")


def page() -> str:
    """The whole page, in English and then in French."""
    return "\n".join([*_part("en"), *_part("fr")])


def _part(language: Language) -> Iterator[str]:
    yield f"# {_in(_TITLE, language)}"
    yield ""
    yield _in(_INTRODUCTION, language)
    for metric in (*CATALOGUE, *INSIGHTS):
        yield ""
        yield from _section(metric, language)
    yield ""


def _section(metric: Declared, language: Language) -> Iterator[str]:
    yield f"## {_in(metric.title, language)}"
    yield ""
    yield _in(metric.formula, language)
    yield ""
    yield "| | |"
    yield "| --- | --- |"
    yield f"| {_in(_NAME, language)} | `{metric.name}` |"
    better = _in(BETTER[metric.better], language)
    yield f"| {_in(_UNIT, language)} | {_in(UNITS[metric.unit], language)}; {better} |"
    yield f"| {_in(_MEASURES, language)} | {_named(metric.measures, MEASURES, language)} |"
    yield f"| {_in(_DIMENSIONS, language)} | {_named(metric.dimensions, DIMENSIONS, language)} |"
    yield f"| {_in(_GRAINS, language)} | {_named(metric.grains, GRAINS, language)} |"
    yield f"| {_in(_VERSION, language)} | {metric.version} |"


def _named(names: Sequence[str], words: Words, language: Language) -> str:
    return ", ".join(f"`{name}` ({_in(words[name], language)})" for name in names)


def _in(text: Text, language: Language) -> str:
    return text.en if language == "en" else text.fr


if __name__ == "__main__":
    sys.stdout.write(page())

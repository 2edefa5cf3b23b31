"""The page about the metrics is what the declarations say, and every name in them has words in both languages."""

from pathlib import Path

from app.metrics import words
from app.metrics.catalogue import CATALOGUE
from app.metrics.document import page
from app.metrics.insights import INSIGHTS

PAGE = Path(__file__).parents[3] / "docs" / "metrics.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "Run 'make docs'."


def test_every_metric_is_described_in_both_languages() -> None:
    text = page()
    for metric in (*CATALOGUE, *INSIGHTS):
        for said in (metric.title.en, metric.title.fr, metric.formula.en, metric.formula.fr):
            assert said.strip() == said != ""
            assert said in text
        assert metric.title.en != metric.title.fr or metric.name == "source"
        assert metric.formula.en != metric.formula.fr


def test_no_word_is_left_over() -> None:
    """A word for a name that no metric has would be read by nobody."""
    measures = {name for metric in (*CATALOGUE, *INSIGHTS) for name in metric.measures}
    dimensions = {name for metric in (*CATALOGUE, *INSIGHTS) for name in metric.dimensions}
    assert set(words.MEASURES) == measures
    assert set(words.DIMENSIONS) == dimensions
    assert set(words.UNITS) == {metric.unit for metric in (*CATALOGUE, *INSIGHTS)}

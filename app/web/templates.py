"""Templates: one environment a language, with the language's sentences and its way to write values."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from app.core.language import Language
from app.core.texts import texts_of
from app.web.mrkdwn import as_html
from app.web.static import address_of


@cache
def environment(language: Language) -> Environment:
    """The templates in a language; whatever is put into them is escaped."""
    made = Environment(
        loader=PackageLoader("app.web"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_translations(texts_of(language).translations, newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {"static": address_of, "language": language, "Language": Language}
    made.filters |= {
        "number": language.number,
        "percent": language.percent,
        "duration": language.duration,
        "day": language.day,
        "week": language.week,
        "moment": language.moment,
        "several": language.several,
        "mrkdwn": as_html,
    }
    return made


def rendered(language: Language, template: str, values: dict[str, Any]) -> str:
    """A page's HTML."""
    return environment(language).get_template(template).render(values)

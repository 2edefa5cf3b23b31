"""Public holidays by country and subdivision; named in English, so that names are stable."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

import holidays

FIRST_YEAR, LAST_YEAR = 1970, 2100
_ENGLISH = "en_US"


def countries() -> list[str]:
    """The countries whose holidays are known, as two letters of ISO 3166."""
    return sorted(holidays.list_supported_countries(include_aliases=False))


def subdivisions(country: str) -> list[str]:
    """The parts of a known country that have holidays of their own, by code and by name."""
    found = holidays.country_holidays(country)
    return sorted({*found.subdivisions, *found.subdivisions_aliases})


def names(country: str, subdivision: str | None) -> list[str]:
    """What the holidays of a place are called, in English where the package knows it."""
    return sorted({name for names in _known(country, subdivision).values() for name in names})


def names_in(language: str, country: str, subdivision: str | None) -> dict[str, str]:
    """By the English name of each holiday of a place, its name in a language where the package knows that one."""
    english, translated = (_named(country, subdivision, one) for one in (_ENGLISH, language))
    return {
        name: said
        for day, names in english.items()
        for name, said in zip(names, translated.get(day, names), strict=False)
    }


def free_days(country: str, subdivision: str | None, worked: Iterable[str] = ()) -> frozenset[date]:
    """The public holidays of a place from 1970 to 2100; days that have no name but those in `worked` are left out."""
    ordinary = set(worked)
    return frozenset(day for day, called in _known(country, subdivision).items() if set(called) - ordinary)


def _known(country: str, subdivision: str | None) -> dict[date, list[str]]:
    return _named(country, subdivision, _ENGLISH)


@lru_cache(maxsize=32)
def _named(country: str, subdivision: str | None, wanted: str) -> dict[date, list[str]]:
    place = holidays.country_holidays(country)
    spoken = (one for one in (wanted, _ENGLISH) if one in place.supported_languages)
    language = next(spoken, None)
    years = range(max(FIRST_YEAR, place.start_year), min(LAST_YEAR, place.end_year) + 1)
    found = holidays.country_holidays(country, subdiv=subdivision, years=years, language=language)
    return {day: found.get_list(day) for day in found}

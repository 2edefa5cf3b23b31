"""What somebody chose of how pages look: the language and the theme, in cookies, so that the sign-in has them too."""

from dataclasses import dataclass
from typing import Literal, cast

from starlette.requests import HTTPConnection
from starlette.responses import Response

from app.core.language import Language

Theme = Literal["light", "dark", "auto"]
THEMES: tuple[Theme, ...] = ("auto", "light", "dark")
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Preferences:
    """The language and the theme of one request; what came in its address is kept for the next ones."""

    language: Language
    theme: Theme
    to_keep: tuple[tuple[str, str], ...] = ()

    def keep(self, response: Response, *, secure: bool) -> None:
        """Have the browser keep what the address chose."""
        for name, value in self.to_keep:
            response.set_cookie(name, value, max_age=_YEAR, secure=secure, httponly=True, samesite="lax")


def preferences_of(request: HTTPConnection, *, account: str | None, default: str) -> Preferences:
    """The address' `lang` and `theme`, else the cookies', else the account's and the browser's, else the default."""
    asked, kept = request.query_params, request.cookies
    language = Language.chosen(
        asked.get("lang"),
        kept.get("lang"),
        account,
        Language.accepted(request.headers.get("accept-language", "")),
        default=default,
    )
    theme = next((one for one in (asked.get("theme"), kept.get("theme")) if one in THEMES), "auto")
    chosen = [("lang", str(language))] if asked.get("lang") == language else []
    chosen += [("theme", theme)] if asked.get("theme") == theme else []
    return Preferences(language, cast("Theme", theme), tuple(chosen))

"""A message's text as HTML, as Slack shows it: what a digest says on a page is what it says in the channel."""

import html
import re
from itertools import groupby

from markupsafe import Markup

_BULLET = "• "
_GUARD = "\u200b"
_LITERAL = rf"{_GUARD}[*_~`]{_GUARD}"
"""A sign that means nothing: `app.digest.blocks.escaped` guards it."""
_MARK = re.compile(
    rf"<(?P<url>https?://[^|<>]+)\|(?P<text>[^<>]*)>|{_LITERAL}|\*(?P<bold>(?:[^*{_GUARD}]|{_LITERAL})+)\*"
)


def as_html(text: str) -> Markup:
    """Paragraphs and lists with links and bold words; everything else is plain text."""
    shown = Markup()
    for is_list, lines in groupby(text.split("\n"), lambda line: line.startswith(_BULLET)):
        if is_list:
            items = (Markup("<li>{}</li>").format(_line(line.removeprefix(_BULLET))) for line in lines)
            shown += Markup("<ul>{}</ul>").format(Markup().join(items))
        else:
            shown += Markup("<p>{}</p>").format(Markup("<br>").join(map(_line, lines)))
    return shown


def _line(line: str) -> Markup:
    shown, place = Markup(), 0
    for mark in _MARK.finditer(line):
        shown += _plain(line[place : mark.start()])
        if mark["url"] is not None:
            shown += Markup('<a href="{}">{}</a>').format(html.unescape(mark["url"]), _plain(mark["text"]))
        elif mark["bold"] is not None:
            shown += Markup("<strong>{}</strong>").format(_line(mark["bold"]))
        else:
            shown += mark[0].strip(_GUARD)
        place = mark.end()
    return shown + _plain(line[place:])


def _plain(text: str) -> str:
    return html.unescape(text).replace(_GUARD, "")

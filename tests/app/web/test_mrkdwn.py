"""Messages to Slack on a page: what was escaped for Slack reads as it was written, and nothing in it comes alive."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.digest import blocks
from app.web.mrkdwn import as_html

TITLES = st.one_of(
    st.text(max_size=80),
    st.sampled_from(["<script>alert(1)</script>", "a *b* _c_ ~d~ `e`", "R&D &amp; <b>", "<!channel>", "a|b", "**"]),
)


def text_of(html: str) -> str:
    return unescape(re.sub(r"<[^<>]*>", "", html))


@given(TITLES)
def test_a_title_reads_as_it_was_written(title: str) -> None:
    shown = as_html(f"*Number*: {blocks.escaped(title)} — 2 d")
    assert text_of(shown) == f"Number: {blocks.plain(title, 150)} — 2 d"
    assert re.findall(r"<[^<>]*>", shown) == ["<p>", "<strong>", "</strong>", "</p>"]


@given(TITLES)
def test_a_bold_title_stays_one(title: str) -> None:
    shown = as_html(f"*{blocks.escaped(title) or '…'}*")
    assert text_of(shown) == (blocks.plain(title, 150) or "…")
    assert re.findall(r"<[^<>]*>", shown) == ["<p>", "<strong>", "</strong>", "</p>"]


@given(TITLES)
def test_a_link_leads_where_it_says(title: str) -> None:
    url = 'https://boards.example.test/browse/A-1?q="a&b"'
    shown = as_html(f"• {blocks.link(url, title)} — 2 d")
    found = re.fullmatch(r'<ul><li><a href="([^"]*)">([^<>]*)</a> — 2 d</li></ul>', shown)
    assert found is not None
    assert unescape(found[1]) == url.replace('"', "%22")
    assert unescape(found[2]) == (blocks.plain(title, 150).replace("|", "¦") or "…")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("one\ntwo", "<p>one<br>two</p>"),
        ("*What moved*\n• a\n• b\nrest", "<p><strong>What moved</strong></p><ul><li>a</li><li>b</li></ul><p>rest</p>"),
        ("<javascript:alert(1)|x>", "<p>&lt;javascript:alert(1)|x&gt;</p>"),
    ],
)
def test_lines_become_paragraphs_and_lists(text: str, html: str) -> None:
    assert as_html(text) == html

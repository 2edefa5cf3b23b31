"""Charts as pictures: the right size, the same bytes each time, and no way out to any other host."""

import re
import struct
import zlib
from collections.abc import Iterator
from datetime import date
from xml.etree import ElementTree as ET

import pytest

from app.charts import render
from app.charts.catalogue import draw
from app.charts.chart import Given
from app.charts.look import Look, Theme
from app.charts.render import Renderer
from app.core.errors import UnavailableError
from app.core.language import Language
from tests.app.charts import answers

LOOK = Look(language=Language.FR, width=400, height=240)


@pytest.fixture
def impatient() -> Iterator[Renderer]:
    renderer = Renderer(most_seconds=0.0)
    yield renderer
    renderer.close()


def picture(data: bytes) -> tuple[int, int, set[bytes]]:
    """Width, height and the colours of a PNG of 8 bits a channel, its filters undone."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    assert depth == 8
    channels = {2: 3, 6: 4}[kind]
    place, packed = 8, b""
    while place < len(data):
        size, name = struct.unpack(">I4s", data[place : place + 8])
        packed += data[place + 8 : place + 8 + size] if name == b"IDAT" else b""
        place += size + 12
    raw = zlib.decompress(packed)
    line = width * channels
    assert len(raw) == height * (line + 1)
    first = bytearray(raw[1 : line + 1])
    if raw[0] in (1, 4):
        for at in range(channels, line):
            first[at] = (first[at] + first[at - channels]) % 256
    return width, height, {bytes(first[at : at + 3]) for at in range(0, line, channels)}


@pytest.mark.parametrize(("theme", "background"), [(Theme.LIGHT, b"\xff\xff\xff"), (Theme.DARK, b"\x1c\x1f\x25")])
def test_a_png_has_the_size_that_was_asked_for_and_the_background_of_its_theme(theme: Theme, background: bytes) -> None:
    look = Look(language=Language.EN, theme=theme, width=400, height=240)
    spec = draw("trend", Given(answer=answers.cycle_time()), look).spec
    assert picture(render.png(spec, scale=2)) == (800, 480, {background})
    assert render.png(spec, scale=1) == render.png(spec, scale=1)


def test_an_svg_holds_its_texts_and_is_the_same_each_time() -> None:
    chart = draw("trend", Given(answer=answers.cycle_time(), events=answers.EVENTS), LOOK)
    document = render.svg(chart.spec)
    assert document == render.svg(chart.spec)
    texts = {"".join(node.itertext()) for node in ET.fromstring(document).iter("{http://www.w3.org/2000/svg}text")}
    assert "Temps de cycle" in texts
    assert any("A Launch <b>2026.9</b> (" in text for text in texts)
    assert "A" in texts
    assert "31 août" in texts
    assert "2\u00a0j" in texts


@pytest.mark.parametrize(
    ("grain", "starts", "labels"),
    [
        ("month", [date(2025, month, 1) for month in range(8, 13)], ["Aug", "Sep", "Oct", "Nov", "Dec"]),
        ("month", [date(2025, month, 1) for month in range(1, 6)], ["Jan", "Feb", "Mar", "Apr", "May"]),
        ("quarter", [date(2025, month, 1) for month in (1, 4, 7, 10)], ["Jan", "Apr", "Jul", "Oct"]),
    ],
)
def test_a_label_names_the_month_in_which_its_bucket_begins(grain: str, starts: list[date], labels: list[str]) -> None:
    ends = [*starts[1:], date(2026, 1, 1) if starts[-1].month > 9 else date(2025, starts[-1].month + 1, 1)]
    points = [
        answers.duration(48, start=start.isoformat(), end=end.isoformat())
        for start, end in zip(starts, ends, strict=True)
    ]
    given = Given(answer=answers.answer("cycle_time", "seconds", [answers.one(points)], grain=grain))
    document = render.svg(draw("trend", given, Look(language=Language.EN, titled=True)).spec)
    texts = ["".join(node.itertext()) for node in ET.fromstring(document).iter("{http://www.w3.org/2000/svg}text")]
    assert [text for text in texts if re.fullmatch(r"\w{3} 2025", text)] == [f"{label} 2025" for label in labels]


def test_a_label_that_looks_like_a_part_of_the_document_stays_as_it_is() -> None:
    events = [{**answers.EVENTS[0], "title": 'id="clip7" url(#clip7)'}]
    document = render.svg(draw("trend", Given(answer=answers.cycle_time(), events=events), LOOK).spec)
    texts = {"".join(node.itertext()) for node in ET.fromstring(document).iter("{http://www.w3.org/2000/svg}text")}
    assert any('id="clip7" url(#clip7)' in text for text in texts)


def test_nothing_is_fetched() -> None:
    spec = draw("trend", Given(answer=answers.cycle_time()), LOOK).spec
    spec["layer"][0]["data"] = {"url": "https://fake.example/data.json"}
    with pytest.raises(ValueError, match="not allowed"):
        render.svg(spec)


def test_what_is_too_large_is_refused_before_it_is_drawn() -> None:
    with pytest.raises(ValueError, match="bytes"):
        render.svg({"description": "x" * (render.MOST_BYTES + 1)})
    with pytest.raises(ValueError, match="times its size"):
        render.png({}, scale=9)


def test_what_takes_too_long_is_ended_and_can_be_asked_for_again(impatient: Renderer) -> None:
    with pytest.raises(UnavailableError):
        impatient.ask("bundle")
    with pytest.raises(UnavailableError):
        impatient.ask("bundle")


def test_the_bundle_can_draw_without_eval() -> None:
    script = render.bundle()
    assert b"window.vegaEmbed" in script
    # The evaluator of the interpreter, by the message that only it has.
    assert b"Unsupported" in script or b"interpreter" in script.lower()
    assert len(zlib.compress(script, 9)) < 400_000

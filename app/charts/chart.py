"""What goes into a chart and what comes out of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.charts.look import Look

Plain = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
"""The language of the specifications: a name, which nobody fetches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a chart shows: an answer of the metrics or insights, and what some kinds show beside it.

    `facts` are items as `/metrics/{name}/facts` lists them (an item may have its `status`), all or some taken evenly;
    `values` the numbers of all of them, ascending or not; `events` annotations with
    `time` (UTC, RFC 3339) and `title`. `measure` chooses among the metric's; empty is the one that says most.
    `apart` tells statuses of one name apart: by their ids, what is said behind the name.
    """

    answer: Mapping[str, Any]
    facts: Sequence[Mapping[str, Any]] = ()
    values: Sequence[float] = ()
    events: Sequence[Mapping[str, Any]] = ()
    measure: str = ""
    apart: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; numbers are aligned to the right."""

    title: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """What a chart shows as text, formatted in its language."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A Vega-Lite specification, what it shows in one or two sentences, and the table behind it.

    `notes` say what a reader must know to read it right; a picture with a title carries them itself.
    """

    title: str
    notes: tuple[str, ...]
    spec: Plain
    alt: str
    table: Table


Draw = Callable[[Given, Look], Chart]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of chart: its name in URLs and what it takes.

    `metrics`: the names that it can show, the first one being shown where none is named; `groups`: whether it takes
    a grouped answer; `facts`: whether it needs the facts behind the answer, `values`: only their values; `statuses`:
    whether it names statuses; `grain`: the one that it needs, if any.
    """

    name: str
    metrics: tuple[str, ...]
    draw: Draw = field(repr=False)
    groups: bool = True
    facts: bool = False
    values: bool = False
    statuses: bool = False
    grain: str = ""

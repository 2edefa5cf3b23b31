"""Every benchmark, one table each: `python -m benchmarks [--quick] [--write FILE]`.

Ratios against a floor or a peer of the same run; on a machine that does something else meanwhile they mean little.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import adoption, answers, catalogue, connectors, ingest, metrics, million, pages, upsert
from benchmarks.table import Table

_HEAD = """# Performance

What `make bench` measured, as ratios against the least that any program must do, or against a peer, in the same run.
Absolute figures are of one machine with two cores; the ratios are what is promised.

"""


def tables(*, quick: bool) -> Iterator[Table]:
    """What each benchmark measures, as it comes."""
    yield ingest.measure(2_000 if quick else 10_000)
    yield connectors.measure(1 if quick else 3)
    yield million.measure(200_000 if quick else 1_000_000, 1 if quick else 3)
    yield upsert.measure(20_000 if quick else 60_000)
    yield answers.measure()
    items, people = (100_000, 2_000) if quick else (1_000_000, 20_000)
    with tempfile.TemporaryDirectory() as folder:
        # The same store for four of them: to fill it and to build its facts takes minutes.
        path = Path(folder) / "bench.db"
        catalogue.fill(path, items, people)
        yield metrics.compare(path, items)
        yield adoption.compare(path, people)
        yield catalogue.compare(path, items, people)
        yield pages.compare(path, items)


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller stores: minutes less, noisier ratios")
    parser.add_argument("--write", type=Path, help="the Markdown file to write the tables to")
    given = parser.parse_args()
    texts = []
    for table in tables(quick=given.quick):
        texts.append(table.text())
        print(texts[-1], flush=True)
    if given.write is not None:
        given.write.write_text(_HEAD + "".join(texts))


if __name__ == "__main__":
    main()

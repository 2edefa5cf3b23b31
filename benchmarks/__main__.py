"""Every benchmark, one table each: `python -m benchmarks [--quick] [--write FILE]`.

Ratios against a floor or a peer of the same run; on a machine that does something else meanwhile they mean little.
"""

import argparse
from pathlib import Path

from benchmarks import adoption, answers, catalogue, connectors, ingest, metrics, million, upsert

_HEAD = """# Performance

What `make bench` measured, as ratios against the least that any program must do, or against a peer, in the same run.
Absolute figures are of one machine with two cores; the ratios are what is promised.

"""


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller stores: minutes less, noisier ratios")
    parser.add_argument("--write", type=Path, help="the Markdown file to write the tables to")
    given = parser.parse_args()
    texts = []
    for measure in (
        lambda: ingest.measure(2_000 if given.quick else 10_000),
        lambda: connectors.measure(1 if given.quick else 3),
        lambda: million.measure(200_000 if given.quick else 1_000_000, 1 if given.quick else 3),
        lambda: upsert.measure(20_000 if given.quick else 60_000),
        lambda: metrics.measure(100_000 if given.quick else 1_000_000),
        lambda: adoption.measure(2_000 if given.quick else 20_000),
        lambda: catalogue.measure(100_000 if given.quick else 1_000_000, 2_000 if given.quick else 20_000),
        answers.measure,
    ):
        texts.append(measure().text())
        print(texts[-1], flush=True)
    if given.write is not None:
        given.write.write_text(_HEAD + "".join(texts))


if __name__ == "__main__":
    main()

"""`python -m connectors.asana.sandbox`: an Asana workspace on a local port, for the demo and for looking around."""

import argparse
import gc
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic

from connectors.asana.sandbox import WORKSPACE, AsanaSandbox, Keys, portfolio
from connectors.kit.organisation import generate
from connectors.kit.sandbox import serving
from connectors.kit.sandbox_faults import FaultPlan


def main() -> None:
    """Serves until it is interrupted; the first line it prints is the address."""
    options = _options()
    clock = _clock(options.today, options.speed)
    organisation = generate(
        seed=options.seed,
        end=options.generated_at or options.today,
        items=options.items,
        months=options.months,
        projects=options.projects,
        people=options.people,
        weeks_ahead=options.weeks_ahead,
    )
    if options.portfolio is not None:
        organisation = portfolio(organisation, seed=options.portfolio, items=options.tasks)
    server = AsanaSandbox(organisation, clock=clock)
    # What was generated stays for good: a collector that walks it again and again makes answers late.
    gc.collect()
    gc.freeze()
    faults = FaultPlan(options.seed, options.fault_rate) if options.fault_rate else None
    with serving(server, clock=clock, faults=faults, port=options.port):
        sys.stdout.write(f"{server.url}\nworkspace {WORKSPACE}, token {Keys().token}\n")
        sys.stdout.flush()
        try:
            _wait(until_input_ends=options.until_input_ends)
        except KeyboardInterrupt:
            return


def _wait(*, until_input_ends: bool) -> None:
    if until_input_ends:
        sys.stdin.buffer.read()
    else:
        threading.Event().wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m connectors.asana.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--items", type=int, default=2_000)
    parser.add_argument("--months", type=int, default=18)
    parser.add_argument("--projects", type=int, default=5)
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--weeks-ahead", type=int, default=6, help="for how long it goes on after it was generated")
    parser.add_argument(
        "--portfolio", type=int, metavar="SEED", help="show other work of the same people, drawn from this seed"
    )
    parser.add_argument("--tasks", type=int, default=400, help="how much other work")
    parser.add_argument("--today", type=_instant, default=_now(), help="what counts as now at the start: RFC 3339")
    parser.add_argument(
        "--generated-at", type=_instant, help="what counted as now when the work was generated, if that was earlier"
    )
    parser.add_argument("--speed", type=float, default=1.0, help="how many seconds pass there for each real one")
    parser.add_argument("--fault-rate", type=float, default=0.0, help="share of requests that go wrong")
    parser.add_argument(
        "--until-input-ends", action="store_true", help="end with standard input, that is, with the parent"
    )
    return parser.parse_args()


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError("the instant needs an offset, such as Z")
    return at.astimezone(UTC)


def _now() -> datetime:
    # A command has nobody who could hand it a clock.
    return datetime.now(UTC)  # noqa: TID251


def _clock(start: datetime, speed: float) -> Callable[[], datetime]:
    begun = monotonic()
    return lambda: start + timedelta(seconds=(monotonic() - begun) * speed)


if __name__ == "__main__":
    main()

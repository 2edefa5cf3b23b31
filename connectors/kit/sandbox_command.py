"""What the commands that serve sandboxes share: whose organisation, at what time, on which ports, how faulty."""

import argparse
import gc
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from time import monotonic

from connectors.kit.organisation import Organisation, generate
from connectors.kit.sandbox import App, serving
from connectors.kit.sandbox_faults import FaultPlan

Clock = Callable[[], datetime]


def parser(module: str, description: str) -> argparse.ArgumentParser:
    """The options that every sandbox has; the same ones give the same people in all of them."""
    options = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--items", type=int, default=2_000)
    options.add_argument("--months", type=int, default=18)
    options.add_argument("--projects", type=int, default=5)
    options.add_argument("--people", type=int, default=30)
    options.add_argument("--weeks-ahead", type=int, default=6, help="for how long it goes on after it was generated")
    options.add_argument("--today", type=_instant, default=_now(), help="what counts as now at the start: RFC 3339")
    options.add_argument(
        "--generated-at", type=_instant, help="what counted as now when it was generated, if that was earlier"
    )
    options.add_argument("--speed", type=float, default=1.0, help="how many seconds pass there for each real one")
    options.add_argument("--fault-rate", type=float, default=0.0, help="share of requests that go wrong")
    options.add_argument(
        "--until-input-ends", action="store_true", help="end with standard input, that is, with the parent"
    )
    return options


def one_port(options: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The same, with the port of the only sandbox."""
    options.add_argument("--port", type=int, default=0, help="0 takes a free one")
    return options


def clock_of(options: argparse.Namespace) -> Clock:
    """A clock that shows the `--today` of the options now, and goes on from there at their speed."""
    begun = monotonic()

    def clock() -> datetime:
        today: datetime = options.today
        return today + timedelta(seconds=(monotonic() - begun) * options.speed)

    return clock


def organisation_of(options: argparse.Namespace) -> Organisation:
    """The organisation that the options ask for."""
    return generate(
        seed=options.seed,
        end=options.generated_at or options.today,
        items=options.items,
        months=options.months,
        projects=options.projects,
        people=options.people,
        weeks_ahead=options.weeks_ahead,
    )


def serve(
    options: argparse.Namespace, clock: Clock, apps: Iterable[tuple[App, int]], greeting: Callable[[], str]
) -> None:
    """Serves each app on its port until it is interrupted, and prints the greeting once all are up."""
    # What was generated stays for good: a collector that walks it again and again makes answers late.
    gc.collect()
    gc.freeze()
    with ExitStack() as served:
        for app, port in apps:
            faults = FaultPlan(options.seed, options.fault_rate) if options.fault_rate else None
            served.enter_context(serving(app, clock=clock, faults=faults, port=port))
        sys.stdout.write(f"{greeting()}\n")
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


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError("the instant needs an offset, such as Z")
    return at.astimezone(UTC)


def _now() -> datetime:
    # A command has nobody who could hand it a clock.
    return datetime.now(UTC)  # noqa: TID251

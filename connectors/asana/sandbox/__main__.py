"""`python -m connectors.asana.sandbox`: an Asana workspace on a local port, for the demo and for looking around."""

from connectors.asana.sandbox import WORKSPACE, AsanaSandbox, Keys, portfolio
from connectors.kit.sandbox_command import clock_of, one_port, organisation_of, parser, serve


def main() -> None:
    """Serves until it is interrupted; the first line it prints is the address."""
    arguments = one_port(parser("connectors.asana.sandbox", "An Asana workspace on a local port."))
    arguments.add_argument(
        "--portfolio", type=int, metavar="SEED", help="show other work of the same people, drawn from this seed"
    )
    arguments.add_argument("--tasks", type=int, default=400, help="how much other work")
    options = arguments.parse_args()
    clock = clock_of(options)
    organisation = organisation_of(options)
    if options.portfolio is not None:
        organisation = portfolio(organisation, seed=options.portfolio, items=options.tasks)
    sandbox = AsanaSandbox(organisation, clock=clock)
    greeting = f"workspace {WORKSPACE}, token {Keys().token}"
    serve(options, clock, [(sandbox, options.port)], lambda: f"{sandbox.url}\n{greeting}")


if __name__ == "__main__":
    main()

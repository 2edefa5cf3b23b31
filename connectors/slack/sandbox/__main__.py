"""`python -m connectors.slack.sandbox`: a Slack workspace on a local port, for the demo and for looking around."""

from connectors.kit.sandbox_command import clock_of, one_port, organisation_of, parser, serve
from connectors.slack.sandbox import Keys, SlackSandbox


def main() -> None:
    """Serves until it is interrupted; the first line it prints is the address."""
    arguments = one_port(parser("connectors.slack.sandbox", "A Slack workspace on a local port."))
    arguments.add_argument("--exchanges", type=int, default=2_000, help="how many threads there are by today")
    arguments.add_argument("--limits", choices=("off", "tiers", "2025"), default="off", help="those of the app")
    arguments.add_argument("--no-analytics", action="store_true", help="a plan without member analytics")
    options = arguments.parse_args()
    clock = clock_of(options)
    sandbox = SlackSandbox(
        organisation_of(options),
        clock=clock,
        seed=options.seed,
        exchanges=options.exchanges,
        limits=options.limits,
        analytics=not options.no_analytics,
    )
    keys = Keys()
    greeting = f"bot token {keys.token}, user token {keys.user_token}"
    serve(options, clock, [(sandbox, options.port)], lambda: f"{sandbox.url}\n{greeting}")


if __name__ == "__main__":
    main()

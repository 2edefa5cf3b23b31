"""`python -m connectors.mixpanel.sandbox`: a Mixpanel project on a local port, for the demo and for looking around."""

from connectors.kit.sandbox_command import clock_of, one_port, organisation_of, parser, serve
from connectors.mixpanel.sandbox import Keys, MixpanelSandbox


def main() -> None:
    """Serves until it is interrupted; the first line it prints is the address."""
    arguments = one_port(parser("connectors.mixpanel.sandbox", "A Mixpanel project on a local port."))
    arguments.add_argument("--days", type=int, default=42, help="for how long the product has been measured")
    arguments.add_argument("--pace", type=int, default=5, help="mean of a busy person's events in a day")
    options = arguments.parse_args()
    clock = clock_of(options)
    sandbox = MixpanelSandbox(organisation_of(options), clock=clock, days=options.days, pace=options.pace)
    keys = Keys()
    greeting = f"project {keys.project_id}, user {keys.username}, secret {keys.secret}"
    serve(options, clock, [(sandbox, options.port)], lambda: f"{sandbox.url}\n{greeting}")


if __name__ == "__main__":
    main()

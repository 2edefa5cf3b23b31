"""`python -m connectors.jira.sandbox`: a Jira site on a local port, for the demo and for looking around."""

from pathlib import Path

from connectors.jira.sandbox import JiraSandbox, Keys, ReplaySandbox
from connectors.jira.sandbox.server import JiraServer
from connectors.kit.sandbox_command import clock_of, one_port, organisation_of, parser, serve


def main() -> None:
    """Serves until it is interrupted; the first line it prints is the address."""
    arguments = one_port(parser("connectors.jira.sandbox", "A Jira site on a local port."))
    arguments.add_argument("--deployment", choices=("cloud", "datacenter"), default="cloud")
    arguments.add_argument("--context", default="", help="context path, such as /jira")
    arguments.add_argument("--replay", nargs="+", metavar="FOLDER", help="serve recorded issues from a folder")
    options = arguments.parse_args()
    clock = clock_of(options)
    server: JiraServer
    if options.replay:
        server = ReplaySandbox([Path(folder) for folder in options.replay], clock=clock)
    else:
        server = JiraSandbox(
            organisation_of(options), clock=clock, deployment=options.deployment, context_path=options.context
        )
    keys = Keys()
    greeting = f"e-mail {keys.email}, token {keys.token}"
    serve(options, clock, [(server, options.port)], lambda: f"{server.url}\n{greeting}")


if __name__ == "__main__":
    main()

"""The four tools of one generated organisation: the same people under different accounts and e-mail habits.

`python -m connectors.sandboxes` serves them, from one process, on a port each.
"""

from dataclasses import dataclass
from datetime import datetime

from connectors.asana.sandbox import WORKSPACE, AsanaSandbox, portfolio
from connectors.asana.sandbox import Keys as AsanaKeys
from connectors.jira.sandbox import JiraSandbox
from connectors.jira.sandbox import Keys as JiraKeys
from connectors.kit.organisation import Organisation
from connectors.kit.records import Record
from connectors.kit.sandbox import App
from connectors.kit.sandbox_command import Clock, clock_of, organisation_of, parser, serve
from connectors.mixpanel.sandbox import Keys as MixpanelKeys
from connectors.mixpanel.sandbox import MixpanelSandbox
from connectors.slack.sandbox import Keys as SlackKeys
from connectors.slack.sandbox import SlackSandbox

TOOLS = ("jira", "asana", "slack", "mixpanel")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much there is beside the items in Jira: tasks in Asana, threads in Slack, days of use in Mixpanel."""

    tasks: int = 300
    threads: int = 2_000
    days: int = 56


@dataclass(frozen=True, slots=True)
class Sandboxes:
    """The four tools, to be served. Asana shows other work of the people whose work Jira shows."""

    jira: JiraSandbox
    asana: AsanaSandbox
    slack: SlackSandbox
    mixpanel: MixpanelSandbox

    @property
    def apps(self) -> tuple[App, ...]:
        """What is to be served, in the order of `TOOLS`."""
        return self.jira, self.asana, self.slack, self.mixpanel

    @property
    def urls(self) -> dict[str, str]:
        """The address of each tool's API, once it is served."""
        return dict(
            zip(TOOLS, (self.jira.url, self.asana.url, self.slack.url, self.mixpanel.url), strict=True),
        )

    def truth(self, now: datetime) -> dict[str, dict[str, list[Record]]]:
        """What perfect first syncs at that instant leave of each tool, by record type; see each sandbox."""
        return {
            "jira": self.jira.truth(now),
            "asana": self.asana.truth(now),
            "slack": self.slack.truth(now),
            "mixpanel": self.mixpanel.truth(now),
        }


def of(organisation: Organisation, *, clock: Clock, seed: int, sizes: Sizes) -> Sandboxes:
    """The four tools of an organisation; what is visible follows the clock."""
    other = portfolio(organisation, seed=seed + 1, items=sizes.tasks)
    return Sandboxes(
        jira=JiraSandbox(organisation, clock=clock),
        asana=AsanaSandbox(other, clock=clock),
        slack=SlackSandbox(organisation, clock=clock, seed=seed, exchanges=sizes.threads),
        mixpanel=MixpanelSandbox(organisation, clock=clock, days=sizes.days),
    )


def settings(tool: str, url: str) -> tuple[dict[str, object], dict[str, object]]:
    """The config and the credentials of a source that reads this sandbox at its address.

    Raises KeyError for a tool that has none here.
    """
    jira, slack, mixpanel = JiraKeys(), SlackKeys(), MixpanelKeys()
    known: dict[str, tuple[dict[str, object], dict[str, object]]] = {
        "jira": ({}, {"kind": "api_token", "email": jira.email, "token": jira.token}),
        "asana": ({"workspace": WORKSPACE}, {"kind": "personal_access_token", "token": AsanaKeys().token}),
        "slack": (
            {},
            {
                "kind": "bot_token",
                "token": slack.token,
                "signing_secret": slack.signing_secret,
                "user_token": slack.user_token,
            },
        ),
        "mixpanel": (
            {"project_id": mixpanel.project_id},
            {"kind": "service_account", "username": mixpanel.username, "secret": mixpanel.secret},
        ),
    }
    config, credentials = known[tool]
    return {"base_url": url, **config}, credentials


def main() -> None:
    """Serves until it is interrupted; it prints a line with name and address for each tool."""
    sizes = Sizes()
    arguments = parser("connectors.sandboxes", "The four tools of one organisation, each on a local port.")
    arguments.add_argument(
        "--ports", type=int, nargs=len(TOOLS), default=[0] * len(TOOLS), metavar=TOOLS, help="0 takes a free one"
    )
    arguments.add_argument("--tasks", type=int, default=sizes.tasks, help="how much other work Asana shows")
    arguments.add_argument("--threads", type=int, default=sizes.threads, help="how many Slack has by today")
    arguments.add_argument("--days", type=int, default=sizes.days, help="for how long Mixpanel has measured")
    options = arguments.parse_args()
    clock = clock_of(options)
    made = of(
        organisation_of(options),
        clock=clock,
        seed=options.seed,
        sizes=Sizes(tasks=options.tasks, threads=options.threads, days=options.days),
    )

    apps = zip(made.apps, options.ports, strict=True)
    serve(options, clock, apps, lambda: "\n".join(f"{tool} {url}" for tool, url in made.urls.items()))


if __name__ == "__main__":
    main()

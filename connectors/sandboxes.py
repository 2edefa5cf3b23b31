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

    tasks: int
    threads: int
    days: int

    @classmethod
    def beside(cls, items: int) -> "Sizes":
        """What goes well with so many items. The days stay below the 60 requests that Mixpanel answers an hour."""
        return cls(tasks=max(items * 15 // 100, 20), threads=items, days=min(7 + items // 50, 42))


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


def settings(tool: str, port: int) -> tuple[dict[str, object], dict[str, object]]:
    """The config and the credentials of a source that reads this tool's sandbox on its port.

    Raises KeyError for a tool that has none here.
    """
    jira, slack, mixpanel = JiraKeys(), SlackKeys(), MixpanelKeys()
    url = f"http://127.0.0.1:{port}"
    known: dict[str, tuple[dict[str, object], dict[str, object]]] = {
        "jira": ({"base_url": url}, {"kind": "api_token", "email": jira.email, "token": jira.token}),
        "asana": (
            {"base_url": url, "workspace": WORKSPACE},
            {"kind": "personal_access_token", "token": AsanaKeys().token},
        ),
        "slack": (
            {"base_url": f"{url}/api"},
            {
                "kind": "bot_token",
                "token": slack.token,
                "signing_secret": slack.signing_secret,
                "user_token": slack.user_token,
            },
        ),
        "mixpanel": (
            {"base_url": url, "project_id": mixpanel.project_id},
            {"kind": "service_account", "username": mixpanel.username, "secret": mixpanel.secret},
        ),
    }
    return known[tool]


def main() -> None:
    """Serves until it is interrupted; it prints a line with name and address for each tool."""
    arguments = parser("connectors.sandboxes", "The four tools of one organisation, each on a local port.")
    arguments.add_argument(
        "--ports", type=int, nargs=len(TOOLS), default=[0] * len(TOOLS), metavar=TOOLS, help="0 takes a free one"
    )
    options = arguments.parse_args()
    clock = clock_of(options)
    made = of(organisation_of(options), clock=clock, seed=options.seed, sizes=Sizes.beside(options.items))

    def greeting() -> str:
        urls = (made.jira.url, made.asana.url, made.slack.url, made.mixpanel.url)
        return "\n".join(f"{tool} {url}" for tool, url in zip(TOOLS, urls, strict=True))

    serve(options, clock, zip(made.apps, options.ports, strict=True), greeting)


if __name__ == "__main__":
    main()

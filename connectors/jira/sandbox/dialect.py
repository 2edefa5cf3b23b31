"""How one Jira writes things: Cloud and Data Center name people and instants differently."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from connectors.kit.organisation import Account, Ms, instant

Deployment = Literal["cloud", "datacenter"]

AUTOMATION_ACCOUNT = "557058:f58131cb-b67d-43c7-b30d-6b58d40bd077"
"""The account of "Automation for Jira", the same on every Cloud site."""
FORMER_USER = "Former user"
_PROGRAMS = {"automation": 10_101, "deploy": 10_102, "ci": 10_103}
_NAMESPACE = uuid.UUID("0d9b7c0e-7f0e-4f55-9d0d-6b1d6f9f0a51")


def account_id(account: Account, deployment: Deployment) -> str:
    """The immutable id: Cloud's accountId, Data Center's user key."""
    if deployment == "datacenter":
        return f"JIRAUSER{_PROGRAMS.get(account.id) or 10_200 + int(account.id[1:])}"
    if account.id == "automation":
        return AUTOMATION_ACCOUNT
    return f"712020:{uuid.uuid5(_NAMESPACE, account.id)}"


@dataclass(slots=True)
class Dialect:
    """Writes users and instants for one deployment. `base` is the address of the site."""

    deployment: Deployment
    base: str
    zone: ZoneInfo

    @property
    def cloud(self) -> bool:
        """Whether this is Jira Cloud."""
        return self.deployment == "cloud"

    def api(self, path: str) -> str:
        """The `self` link of a resource."""
        return f"{self.base}/rest/api/{3 if self.cloud else 2}/{path}"

    def time(self, at: Ms) -> str:
        """`2026-08-24T13:11:52.944+0200`: in the profile's zone, and no colon in the offset."""
        return self.moment(instant(at))

    def moment(self, at: datetime) -> str:
        """As `time`, from an aware instant."""
        written = at.astimezone(self.zone).isoformat(timespec="milliseconds")
        return written[:-3] + written[-2:]

    def text(self, text: str | None) -> Any:
        """Rich text: a document on Cloud, a string on Data Center."""
        if text is None or not self.cloud:
            return text
        paragraph = {"type": "paragraph", "content": [{"type": "text", "text": text}]}
        return {"type": "doc", "version": 1, "content": [paragraph]}

    def user(self, account: Account, now: Ms) -> dict[str, Any]:
        """An account as `author`, `assignee` and the user lists show it."""
        gone = account.left is not None and account.left <= now
        erased = account.erased and gone
        identity = account_id(account, self.deployment)
        name = FORMER_USER if erased else account.name
        user: dict[str, Any] = {"self": self.api(f"user?accountId={quote(identity)}")}
        if self.cloud:
            user["accountId"] = identity
            user["accountType"] = "app" if account.kind == "app" else "atlassian"
        else:
            user["self"] = self.api(f"user?username={quote(account.login)}")
            user |= {"name": account.login, "key": identity}
        if not (account.email_hidden or erased or (self.cloud and account.kind == "app")):
            user["emailAddress"] = account.email
        sizes = ("48x48", "24x24", "16x16", "32x32")
        user["avatarUrls"] = {size: f"{self.base}/avatars/{identity[-8:]}-{size}.png" for size in sizes}
        user |= {"displayName": name, "active": not gone, "timeZone": self.zone.key}
        return user

"""How the organisation's people, rooms and instants are called in Slack."""

from dataclasses import dataclass

from connectors.kit.organisation import Account, Ms, Organisation
from connectors.kit.organisation.talk import Room, Saying, Talk

TEAM = "T0WORK"
HUB = "U0HUB"
"""The account of the app that reads."""
EVERYBODY = "C0GENERAL"
"""The channel that everybody is in, the app too."""
CLASSIC_BOT = "B0CI"
"""The CI robot is a classic integration: it has a bot's id and no account that its messages name."""
APP_BOT = "B0DEPLOY"
_ANOTHER_ADDRESS = 11


@dataclass(frozen=True, slots=True)
class Facts:
    """The organisation, and what it says."""

    organisation: Organisation
    talk: Talk


def user_id(account: str) -> str:
    """The id of an account in the workspace."""
    return f"U0{account.upper()}"


def author_id(account: str) -> str:
    """What `reply_users` calls an account."""
    return CLASSIC_BOT if account == "ci" else user_id(account)


def channel_id(room: Room) -> str:
    """The id of a channel."""
    return f"C0{room.id.upper()}"


def address(account: Account) -> str:
    """The e-mail that somebody has in Slack: often the one of other tools, in capitals, or another one."""
    number = int(account.id[1:])
    if number % _ANOTHER_ADDRESS == 7:
        return f"{account.login}@mail.example.test"
    return account.email.capitalize() if number % 5 == 2 else account.email


def is_paid(account: Account) -> bool:
    """Whether an account is billed; guests of one channel are not."""
    return int(account.id[1:]) % 13 != 6


def joined(room: Room) -> bool:
    """Whether the app was invited. It was forgotten in the rooms of every other project."""
    return not (room.id.startswith("proj") and int(room.id[4:]) % 2)


def stamp(said: Saying) -> str:
    """The `ts` of a message: its instant, and below the millisecond what makes it unique."""
    return written(said.at, said.number)


def written(at: Ms, number: int) -> str:
    """An instant and a number as a `ts`."""
    return f"{at // 1000}.{at % 1000:03d}{number % 1000:03d}"

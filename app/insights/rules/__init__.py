"""The rules of recommendations, as data: what is looked at, from where on it says something, and what to do then.

Texts may name `{value}`, `{threshold}`, `{n}`, `{cost}` and, where a rule looks at single statuses, tools or sources,
`{about}`.
"""

from app.insights.rules.communication import COMMUNICATION
from app.insights.rules.data import DATA
from app.insights.rules.rule import PRIORITIES, Rule
from app.insights.rules.tools import TOOLS
from app.insights.rules.work import WORK

__all__ = ["PRIORITIES", "RULES", "Rule"]

RULES: tuple[Rule, ...] = (*WORK, *TOOLS, *COMMUNICATION, *DATA)

"""What each role may do, as one table of methods and paths; the doors ask it of every request of who is logged in.

Reading is open to all roles. A request that changes something and stands in no line is an owner's alone.
"""

from __future__ import annotations

import re
from enum import StrEnum

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Role(StrEnum):
    """Of a person; a later one may do all that an earlier one may."""

    VIEWER = "viewer"
    LABELLER = "labeller"
    OWNER = "owner"

    def may(self, least: Role) -> bool:
        """Whether this role may do what needs at least `least`."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(least)


# The first line that fits decides; "*" stands for every method that changes something.
RULES: tuple[tuple[str, re.Pattern[str], Role], ...] = tuple(
    (method, re.compile(path), role)
    for method, path, role in (
        # looking: what is posted although it changes nothing of a project
        ("POST", r"/api/projects/\d+/plan", Role.VIEWER),
        ("POST", r"/api/projects/\d+/try(/ready)?", Role.VIEWER),
        ("POST", r"/log(in|out)", Role.VIEWER),
        ("POST", r"/gradio_api/(call|run|api|queue|heartbeat|reset|cancel)(/.*)?", Role.VIEWER),
        # whole projects, models, the folders of the server
        ("POST", r"/api/projects", Role.OWNER),
        ("*", r"/api/projects/\d+", Role.OWNER),
        ("POST", r"/api/projects/\d+/(restore|import)", Role.OWNER),
        ("POST", r"/api/projects/\d+/bin/empty", Role.OWNER),  # the one act that nothing takes back
        ("DELETE", r"/api/models/\d+", Role.OWNER),
        ("POST", r"/api/models/\d+/restore", Role.OWNER),
        # the work itself: images, boxes, classes, training
        ("*", r"/api/projects/\d+/.+", Role.LABELLER),
        ("*", r"/api/(images|bulk|classes|tags|comments|activity|claims|jobs|models)(/.*)?", Role.LABELLER),
    )
)
MAY_NOT = {
    Role.LABELLER: "You may look here, but not change anything. Ask an owner for the role of labeller.",
    Role.OWNER: "Only an owner may do this. Ask one, or ask for that role.",
}


def rule_for(method: str, path: str) -> Role | None:
    """The least role that a line of the table gives a request, None where none fits."""
    for for_method, pattern, role in RULES:
        if for_method in (method, "*") and pattern.fullmatch(path):
            return role
    return None


def least_role(method: str, path: str) -> Role:
    """The least role that may send this request."""
    if method in READING:
        return Role.VIEWER
    return rule_for(method, path) or Role.OWNER

"""What several rooms read from a request in the same way."""

from __future__ import annotations

from typing import Annotated

from anyio import from_thread
from fastapi import Path, Request
from pydantic import BaseModel, ConfigDict, Field

from gui import asker
from gui.roles import Role

# SQLite counts rows in 64 bits; a larger number would be an error of the database, not "not found".
LARGEST_ID = 2**63 - 1
Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]
RowId = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class Body(BaseModel):
    """A body in which every name is known, so that a misspelt one is told and not passed over."""

    model_config = ConfigDict(extra="forbid")


def user_of(request: Request) -> str:
    """Who is logged in, "" where nobody has to."""
    return str(request.scope.get("boxloop.user", ""))


def role_of(request: Request) -> Role:
    """What they may do; whoever comes where nobody has to log in is an owner."""
    return Role(request.scope.get("boxloop.role", Role.OWNER))


async def followed(request: Request) -> None:
    """A dependency of routes that may have to wait: while they do, they can ask whether the page is still there."""
    asker.follow(lambda: from_thread.run(request.is_disconnected))

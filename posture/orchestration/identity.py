"""Which AWS identity this process has: what the role in each account must trust."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from posture.core.arn import Arn
from posture.orchestration.engine import engine
from posture.sweep.ask import Perform
from posture.sweep.credentials import caller
from posture.sweep.errors import AskError
from posture.sweep.regions import home_of


def caller_identity(partition: str = "aws") -> dict[str, str]:
    """Return the `principal` to trust, or the `error` and its `remedy`."""
    home = home_of(partition)
    try:
        own = engine().own(partition)
        return {"principal": principal(own, caller(own, home), home)}
    except AskError as error:
        return {"error": f"{error.failure.action} failed with {error.failure.error}.", "remedy": error.failure.remedy}


def principal(own: Perform, who: Arn, home: str) -> str:
    """Return the ARN that a trust policy compares.

    Of a role's session, the role itself.

    A session's ARN leaves the role's path out; IAM returns it where the identity may ask, and else there
    is most likely none.
    """
    if not who.resource.startswith("assumed-role/"):
        return str(who)
    name = who.resource.split("/")[1]
    try:
        return str(own("iam", "get_role", home, {"RoleName": name})["Role"]["Arn"])
    except (AskError, ClientError, BotoCoreError):
        return str(who._replace(service="iam", resource=f"role/{name}"))

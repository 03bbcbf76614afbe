"""Who gets what of the sweeps' URLs."""

from __future__ import annotations

from django.utils import timezone

from posture.history.models import AccountSweep, Snapshot
from tests.web.access import Page, admins_only
from tests.web.world import World


def running(world: World) -> dict[str, int]:
    """Start a sweep of the world by hand and return its key."""
    snapshot = Snapshot.objects.create(organization=world.organization, as_of=timezone.now(), trigger="person")
    for account in (world.ours, world.theirs):
        AccountSweep.objects.create(snapshot=snapshot, account=account)
    return {"pk": snapshot.pk}


MATRIX = {
    "sweeps:list": Page(),
    "sweeps:gaps": Page(),
    "sweeps:gap_history": Page(query=lambda _: {"action": "ec2:DescribeVolumes"}),
    "sweeps:detail": Page(kwargs=running),
    "sweeps:live": Page(kwargs=running),
    "sweeps:estimate": admins_only(is_scoped=False),
    "sweeps:begin": admins_only(method="post", admin=302),
    "sweeps:cancel": admins_only(kwargs=running, method="post", admin=302),
}

"""Access to the inventory URLs by persona."""

from __future__ import annotations

from posture.history.models import ResourceRecord
from tests.web.access import Page
from tests.web.story import VOLUME, record_story
from tests.web.world import World


def a_volume(world: World) -> int:
    """Record the story and return the id of a resource in the owner's account."""
    record_story(world)
    return ResourceRecord.objects.get(account=world.ours, name="vol-3", valid_to=None).resource_id


MATRIX = {
    "inventory:types": Page(),
    "inventory:table": Page(query=lambda _: {"type": VOLUME}),
    "inventory:search": Page(),
    "inventory:resource": Page(kwargs=lambda world: {"resource_id": a_volume(world)}, stranger=404),
}

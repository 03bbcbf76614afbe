"""Who gets what of drift's URLs."""

from __future__ import annotations

from posture.history.models import ResourceRecord
from tests.web import story
from tests.web.access import Page, admins_only
from tests.web.world import World


def a_resource(world: World) -> dict[str, int]:
    """Record the story and return the key of the owner's first volume."""
    story.record_story(world)
    return {"resource_id": ResourceRecord.objects.filter(account=world.ours, name="vol-1")[0].resource_id}


MATRIX = {
    "drift:drift": Page(),
    "drift:group": Page(query=lambda world: {"group": "account", "key": world.ours.account_id}),
    "drift:difference": Page(kwargs=a_resource, stranger=404),
    "drift:cause": Page(kwargs=lambda _: {"cause": "fixed"}),
    "drift:why": Page(),
    "drift:held": Page(),
    "drift:fixing": Page(),
    "drift:digest": Page(),
    "drift:digest_mail": Page(),
    "drift:digest_settings": Page(is_scoped=False),
    "drift:digest_mails": admins_only(is_scoped=False),
    "drift:list": Page(kwargs=lambda _: {"kind": "opened"}),
}

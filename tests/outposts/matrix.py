"""Who gets what of the Outposts' URLs."""

from __future__ import annotations

from tests.outposts.outpost_world import an_outpost
from tests.web.access import Page

MATRIX = {
    "outposts:list": Page(),
    "outposts:detail": Page(kwargs=lambda world: {"resource_id": an_outpost(world)}, stranger=404),
}

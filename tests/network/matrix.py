"""Who gets what of the network's URLs."""

from __future__ import annotations

from tests.network.resources import a_vpc
from tests.web.access import Page

MATRIX = {
    "network:vpcs": Page(),
    "network:vpc": Page(kwargs=lambda world: {"resource_id": a_vpc(world)}, stranger=404),
}

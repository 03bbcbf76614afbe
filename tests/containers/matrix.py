"""Who gets what of the container pages' URLs."""

from __future__ import annotations

from tests.containers.resources import an_image
from tests.web.access import Page

MATRIX = {
    "containers:estate": Page(),
    "containers:images": Page(),
    "containers:image": Page(kwargs=lambda world: {"image_id": an_image(world)}, stranger=404),
}

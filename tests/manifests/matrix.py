"""Who gets what of uploaded manifests: admins and owners upload, others read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.manifests.uploading import an_object, keep, record
from tests.web.access import Page
from tests.web.world import World


def _recorded(world: World) -> Mapping[str, Any]:
    return {"source_id": record(world.ours).source_id}


def _preview(world: World) -> Mapping[str, Any]:
    return {"upload_id": keep(world.ours).pk}


def _object(world: World) -> Mapping[str, Any]:
    return {"object_id": an_object(record(world.ours)).pk}


MATRIX = {
    "manifests:list": Page(),
    "manifests:upload": Page(executive=403),
    "manifests:source": Page(kwargs=_recorded, stranger=404),
    "manifests:object": Page(kwargs=_object, stranger=404),
    "manifests:preview": Page(kwargs=_preview, stranger=404, executive=403),
    "manifests:record": Page(
        kwargs=_preview, method="post", owner=302, stranger=404, executive=403, admin=302, is_scoped=False
    ),
    "manifests:discard": Page(
        kwargs=_preview, method="post", owner=302, stranger=404, executive=403, admin=302, is_scoped=False
    ),
    "manifests:remove": Page(
        kwargs=_recorded, method="post", owner=302, stranger=404, executive=403, admin=302, is_scoped=False
    ),
}

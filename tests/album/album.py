"""Photographs every page for everybody who may open it.

`./dev album` runs it, and `./dev test` does not.

What to photograph comes from the environment variable ALBUM_OF_PAGES, as JSON.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.album import book
from tests.album.camera import Look, Shot
from tests.album.conftest import Studio
from tests.album.scenes import Scene, scenes
from tests.album.site import extra_scenes

pytestmark = pytest.mark.django_db(transaction=True)

WISH = json.loads(os.environ.get("ALBUM_OF_PAGES", "{}"))
LOOKS = (
    Look(1440, "light"),
    Look(1440, "dark", with_axe=False),
    Look(390, "dark"),
    Look(390, "light", with_axe=False),
    Look(720, "light", is_photographed=False, with_axe=False),
)
"""Both themes and both widths; what axe finds depends on either, hardly on both."""
ACTS = (Look(390, "dark"), Look(1440, "light"))
"""Where the acts are looked at."""


def test_photograph_all(open_studio: Callable[..., AbstractContextManager[Studio]]) -> None:
    folder = Path(WISH["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    shots: list[Shot] = []
    try:
        for name in WISH["worlds"]:
            with open_studio(name, folder) as studio:
                for scene in _scenes(studio):
                    print(f"{name} {scene.persona} {scene.page} {scene.url}", flush=True)  # noqa: T201 - the command shows how far it is
                    shots += studio.camera.look(scene, name, studio.sessions[scene.persona], LOOKS)
                    if WISH["acts"] and name == "full":
                        for look in ACTS:
                            shots += studio.camera.act(scene, name, studio.sessions[scene.persona], look)
    finally:
        # What was photographed until then can be looked at, also where something broke.
        book.write(folder, shots)
    faults = sum(len(one.faults) for one in shots)
    assert faults == 0, f"{faults} faults on {len(shots)} looks: see {folder / 'index.html'} and {folder / 'faults.md'}"


def _scenes(studio: Studio) -> Iterator[Scene]:
    for persona in WISH["personas"]:
        found = [*scenes(studio.world, persona), *extra_scenes(persona)]
        yield from (one for one in found if any(word in one.page for word in WISH["pages"] or [""]))

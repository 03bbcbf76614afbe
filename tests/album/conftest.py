"""One site, one browser and one organization for all tests of the album.

They are only looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.album.camera import Camera
    from tests.album.scenes import Scene
    from tests.web.world import World


@dataclass
class Studio:
    """A running site over a furnished world."""

    name: str
    """What is in it: full, unswept or empty."""
    world: World
    camera: Camera
    sessions: dict[str, str]
    """Keys of sessions by persona, committed: the site has a connection of its own."""


@pytest.fixture(scope="session")
def open_studio(
    django_db_setup: None,
    django_db_blocker: Any,
    browser: Browser,
    browser_context_args: dict[str, Any],
    built_assets: None,
) -> Callable[..., AbstractContextManager[Studio]]:
    """Call with the name of a world and a folder for photographs.

    It is furnished, served, and deleted at the end.
    """
    from django.core.management import call_command
    from django.test import override_settings
    from pytest_django.live_server_helper import LiveServer

    from tests.album.camera import Camera
    from tests.album.scenes import PERSONAS
    from tests.album.world import build
    from tests.browsers import wait_until_answered

    @contextmanager
    def opened(name: str, folder: Path | None = None) -> Iterator[Studio]:
        with django_db_blocker.unblock(), override_settings(ROOT_URLCONF="tests.album.site"):
            try:
                world = build(name)
                sessions = {persona: _session(world, persona) for persona in PERSONAS}
                server = LiveServer("localhost")
                try:
                    camera = Camera(browser, server.url, browser_context_args, folder)
                    yield Studio(name, world, camera, sessions)
                finally:
                    camera.close()
                    wait_until_answered()
                    server.stop()
            finally:
                call_command("flush", verbosity=0, interactive=False, allow_cascade=True)

    return opened


@pytest.fixture(scope="module")
def studio(open_studio: Callable[..., AbstractContextManager[Studio]]) -> Iterator[Studio]:
    """Furnish the full world for a module's tests."""
    with open_studio("full") as one:
        yield one


@pytest.fixture(scope="module")
def photographed(studio: Studio) -> list[Scene]:
    """Return what an admin sees of the site, and what nobody must log in for.

    The walk logs in and is committed: left open in a test, it would make the site wait for its rows.
    """
    from tests.album.scenes import scenes

    return [*scenes(studio.world, "admin"), *scenes(studio.world, "anonymous")]


def _session(world: World, persona: str) -> str:
    """Return the key of a session of a person; nothing for nobody."""
    from django.test import Client

    user = world.person(persona)
    if user is None:
        return ""
    client = Client()
    client.force_login(user)
    return str(client.cookies["sessionid"].value)

"""Opens a scene once, and looks at it in each width and theme."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Page

from tests.album import acts, facts
from tests.album.facts import Fault
from tests.album.scenes import Scene
from tests.album.settling import redraw, settle, watch
from tests.browsers import Complaints

Theme = Literal["light", "dark"]
A4_PX = 703
"""Width of an A4 sheet within its margins."""
HEIGHTS = {390: 844, 720: 900, 1440: 900, A4_PX: 1000}
"""Heights of the windows, by width; 720 is 1440 at a zoom of 200 %."""
LOADING = 120_000
"""Milliseconds for a page to load on a machine that has much else to do."""


@dataclass(frozen=True, slots=True)
class Look:
    """A width and a theme in which a scene is looked at."""

    width: int
    theme: Theme
    is_photographed: bool = True
    with_axe: bool = True
    on_paper: bool = False


@dataclass(slots=True)
class Shot:
    """What one look at a scene showed."""

    scene: Scene
    world: str
    look: Look
    act: str = ""
    """What was done before, as "menu open"; nothing for the page as it opens."""
    file: str = ""
    faults: list[Fault] = field(default_factory=list)


class Camera:
    """One browser looking at one site."""

    def __init__(self, browser: Browser, url: str, options: dict[str, Any], folder: Path | None = None) -> None:
        self.browser = browser
        self.url = url
        self.options = options
        self.folder = folder
        self.windows: dict[str, tuple[BrowserContext, Complaints]] = {}
        """One for each session: what is the same on all pages is loaded once."""

    @contextmanager
    def open(self, scene: Scene, session: str, width: int = 1440) -> Iterator[tuple[Page, Complaints]]:
        """Open a scene in a window of its own, and wait until all of it is loaded."""
        if session not in self.windows:
            self.windows[session] = self._window(session)
        context, complaints = self.windows[session]
        complaints.all.clear()
        page = context.new_page()
        watch(page)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        page.goto(f"{self.url}{scene.url}", wait_until="load", timeout=LOADING)
        settle(page)
        yield page, complaints
        page.close()

    def _window(self, session: str) -> tuple[BrowserContext, Complaints]:
        context = self.browser.new_context(**self.options)
        complaints = Complaints()
        complaints.listen(context)
        if session:
            context.add_cookies([{"name": "sessionid", "value": session, "url": self.url}])
        return context, complaints

    def close(self) -> None:
        """Close all windows."""
        for context, _complaints in self.windows.values():
            context.close()

    def look(self, scene: Scene, world: str, session: str, looks: tuple[Look, ...]) -> list[Shot]:
        """Return what each look at a scene shows, with the console's messages."""
        with self.open(scene, session, looks[0].width) as (page, complaints):
            shots = [self._take(page, scene, world, one) for one in looks]
            shots[0].faults += [Fault("console", text) for text in complaints.unexpected]
        return shots

    def act(self, scene: Scene, world: str, session: str, look: Look) -> list[Shot]:
        """Return what a scene shows after each main act, with the console's messages."""
        with self.open(scene, session, look.width) as (page, complaints):
            page.emulate_media(color_scheme=look.theme)
            shots = [self._take(page, scene, world, look, act) for act in acts.perform(page)]
            if shots:
                shots[-1].faults += [Fault("console", text) for text in complaints.unexpected]
        return shots

    def _take(self, page: Page, scene: Scene, world: str, look: Look, act: str = "") -> Shot:
        if not act:
            page.emulate_media(color_scheme=look.theme, media="print" if look.on_paper else "screen")
            page.set_viewport_size({"width": look.width, "height": HEIGHTS[look.width]})
            redraw(page)
        faults = facts.paper(page) if look.on_paper else facts.layout(page, look.width)
        # What somebody unfolds may be long.
        shot = Shot(scene, world, look, act, faults=[one for one in faults if not act or one.kind != "length"])
        if look.with_axe:
            shot.faults += facts.barriers(page)
        if look.is_photographed and self.folder:
            shot.file = file_name(scene, world, look, act)
            page.screenshot(path=self.folder / shot.file, full_page=True)
        return shot


def file_name(scene: Scene, world: str, look: Look, act: str = "") -> str:
    """Return the name of a photograph's file."""
    parts = (scene.page.replace(":", "-"), scene.persona, world, str(look.width), look.theme, act.replace(" ", "-"))
    return "_".join(part for part in parts if part) + ".png"

"""The album as files.

One page of HTML to leaf through, and what was found as a list.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from tests.album.camera import Shot

STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 0; } header { position: sticky; top: 0; padding: 0.5rem 1rem; background: Canvas; z-index: 1;
  border-bottom: 1px solid; display: flex; flex-wrap: wrap; gap: 0.25rem 2rem; align-items: baseline; }
h1 { font-size: 1.25rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 1rem 0.5rem; scroll-margin-top: 6rem; }
fieldset { border: 0; margin: 0; padding: 0; display: flex; gap: 0.75rem; } legend { float: left; }
.row { display: flex; gap: 1rem; overflow-x: auto; padding: 0 1rem; align-items: flex-start; }
figure { margin: 0; flex: none; } figcaption { max-width: 30rem; font-size: 13px; }
figure img { height: 32rem; width: auto; max-width: 44rem; object-fit: cover; object-position: top; border: 1px solid; }
.fault { color: #b3352a; overflow-wrap: anywhere; } nav { columns: 16rem; padding: 1rem; }
"""


def write(folder: Path, shots: Sequence[Shot]) -> None:
    """Write `index.html`, `faults.json` and `faults.md` for a folder of photographs."""
    (folder / "index.html").write_text(_index(shots), encoding="utf-8")
    (folder / "faults.md").write_text(_list(shots), encoding="utf-8")
    rows = [
        {"page": one.scene.page, "url": one.scene.url, "persona": one.scene.persona, "world": one.world,
         "width": one.look.width, "theme": one.look.theme, "act": one.act, "kind": fault.kind, "what": fault.what}
        for one in shots for fault in one.faults
    ]  # fmt: skip
    (folder / "faults.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")


def _index(shots: Sequence[Shot]) -> str:
    pages = {page: list(some) for page, some in groupby(sorted(shots, key=_order), key=lambda one: one.scene.page)}
    choices: dict[str, dict[str, None]] = {
        "world": dict.fromkeys(one.world for one in shots),
        "persona": dict.fromkeys(one.scene.persona for one in shots),
        "width": dict.fromkeys(str(one.look.width) for one in shots),
        "theme": dict.fromkeys(one.look.theme for one in shots),
    }
    return "".join((
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Album</title>',
        f"<style>{STYLE}{_hiding(choices)}</style>",
        "<header><h1>Album</h1>", *(_choice(name, values) for name, values in choices.items()), "</header><nav>",
        *(f'<a href="#{escape(page)}">{escape(page)}</a><br>' for page in pages), "</nav>",
        *(_row(page, some) for page, some in pages.items()), "</html>",
    ))  # fmt: skip


def _order(shot: Shot) -> tuple[str, ...]:
    return (shot.scene.page, shot.world, shot.scene.persona, shot.act, f"{9999 - shot.look.width}", shot.look.theme)


def _choice(name: str, values: Iterable[str]) -> str:
    boxes = "".join(f'<label><input type="checkbox" id="{one}" checked> {escape(one)}</label>' for one in values)
    return f"<fieldset><legend>{name}&nbsp;</legend>{boxes}</fieldset>"


def _hiding(choices: dict[str, dict[str, None]]) -> str:
    """Return the rules that hide the photographs of whatever is not ticked.

    No script is needed.
    """
    return "".join(
        f'body:has([id="{one}"]:not(:checked)) [data-{name}="{one}"] {{ display: none; }}'
        for name, values in choices.items()
        for one in values
    )


def _row(page: str, shots: Iterable[Shot]) -> str:
    return f'<h2 id="{escape(page)}">{escape(page)}</h2><div class="row">{"".join(map(_figure, shots))}</div>'


def _figure(shot: Shot) -> str:
    facts = f"{shot.world} · {shot.scene.persona} · {shot.look.width} · {shot.look.theme}"
    faults = "".join(f'<br><span class="fault">{escape(one.kind)}: {escape(one.what)}</span>' for one in shot.faults)
    picture = f'<a href="{shot.file}"><img loading="lazy" src="{shot.file}" alt=""></a>' if shot.file else ""
    return (
        f'<figure data-world="{shot.world}" data-persona="{shot.scene.persona}" data-width="{shot.look.width}"'
        f' data-theme="{shot.look.theme}">{picture}<figcaption>{escape(facts)}'
        f"{f' · {escape(shot.act)}' if shot.act else ''}<br>{escape(shot.scene.url)}{faults}</figcaption></figure>"
    )


def _list(shots: Iterable[Shot]) -> str:
    """Return the faults by area and page; one that several looks show is listed once."""
    by_page: dict[str, dict[tuple[str, str], list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in shots:
        look = f"{one.world}/{one.scene.persona}/{one.look.width}/{one.look.theme}{f'/{one.act}' if one.act else ''}"
        for fault in one.faults:
            by_page[one.scene.page][fault.kind, fault.what].append(look)
    lines = []
    for area, pages in groupby(sorted(by_page), key=lambda page: page.partition(":")[0]):
        lines.append(f"\n## {area}\n")
        for page in pages:
            lines.append(f"- {page}")
            lines += [f"  - {kind}: {what} [{_some(looks)}]" for (kind, what), looks in by_page[page].items()]
    return "\n".join(lines) + "\n"


def _some(looks: Sequence[str], most: int = 4) -> str:
    more = f" and {len(looks) - most} more" if len(looks) > most else ""
    return ", ".join(looks[:most]) + more

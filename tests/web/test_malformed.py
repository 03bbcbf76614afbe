"""No request makes a page break.

Every URL with every parameter that it reads, path arguments and forms, all hostile.

Which URLs there are comes from the URL conf, and which parameters each reads is recorded while it is asked: a new page
or parameter is covered by itself.
"""

from __future__ import annotations

import ast
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote, urlencode

import pytest
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import Resolver404, resolve, reverse
from django.utils.datastructures import MultiValueDict

from posture.web import parameters
from tests.depth import TIMES
from tests.web import story
from tests.web.access import matrix
from tests.web.world import World

MATRIX = matrix()
ROOT = Path(parameters.__file__).parents[2]
HOSTILE = (
    "0001-01-01",
    "9999-12-31T23:59:59-23:59",
    "2026-01-01T00:00:00+23:59",
    "\u0662\u0660\u0662\u0666-10-27",
    "9" * 25,
    "9" * 3999,
    "-1",
    "<b>%_\\{{ ' --",
    "x" * 256,
)
"""Values that have broken pages, here or elsewhere; each is text for some parameter and nonsense for the others."""
REFUSED = ("a\0b", "9" * 5000)
"""Values that reach no view: the URL is answered with 400 at once."""
PATHS = (
    "0",
    "9" * 18,
    "9" * 25,
    "9" * 5000,
    "٣",
    "٣" * 12,
    "%00",
    "a%00b",
    "x" * 300,
    "%ED%A0%80",
    "%2e%2e%2f",
    "²",
    "-1",
)
LOCATING = ("org", "ou", "account")
"""Parameters of the scope that answer 404 before anything else is read, so that each is tried alone."""
SHARDS = 2
Sent = set[tuple[str, str, str]]
"""Which values the parameters of views have been sent: area, parameter, value."""


class Recorder:
    """The names that views look for in a query or a form."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def patched(self) -> Any:
        """Return a context in which each look is recorded."""

        def recording(method: Any) -> Any:
            def look(data: Any, name: Any, *rest: Any, **options: Any) -> Any:
                if isinstance(data, QueryDict):
                    self.names.add(name)
                return method(data, name, *rest, **options)

            return look

        looks = ("__getitem__", "get", "getlist", "__contains__")
        return patch.multiple(MultiValueDict, **{each: recording(getattr(MultiValueDict, each)) for each in looks})


def literal_names(package: str) -> set[str]:
    """Return the parameters that a package reads through `parameters`, in any branch."""
    found = set()
    for path in Path(ROOT, *package.split(".")).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                name = node.args[1].value
                if called in READERS and isinstance(name, str):
                    found.add(name)
    return found


READERS = {"text", "texts", "has", "is_on", "choice", "number"}


def rotated(key: str, values: Sequence[str] = HOSTILE) -> str:
    """Return one of the values: another for each key, and the same in each run."""
    return values[zlib.crc32(key.encode()) % len(values)]


def values_for(name: str, names: Iterable[str], sent: Sent) -> list[str]:
    """Return what to send to all parameters of a view.

    One value, and those new to one of them.

    Views share parsers: what a parameter was sent in one of them is not repeated in all others; a deep run repeats it
    in each area.
    """
    area = name.partition(":")[0] if TIMES > 1 else ""
    chosen = rotated(name)
    values = [each for each in HOSTILE if each == chosen or any((area, one, each) not in sent for one in names)]
    sent.update((area, one, value) for one in names for value in values)
    return values


def queries(
    name: str, known: Mapping[str, Any], recorder: Recorder, literal: set[str], sent: Sent
) -> Iterator[dict[str, Any]]:
    """Yield what a URL is sent: values in all of its parameters together.

    One in each of them alone.
    """
    apart = {*LOCATING, "export"}
    together = sorted((recorder.names | literal) - apart)
    for value in (*values_for(name, sorted(recorder.names - apart), sent), rotated(name, REFUSED)):
        yield {**known, **dict.fromkeys(together, value)}
    alone = {(name.partition(":")[0], one, "alone") for one in (*(recorder.names - apart), rotated(name, LOCATING))}
    for _, one, _ in sorted(alone - sent):
        yield {**known, one: rotated(f"{name}?{one}")}
    sent |= alone
    if "export" in recorder.names | literal:
        yield {**known, **dict.fromkeys(together, rotated(name)), "export": "csv"}
        yield {"export": rotated(name)}


def status(client: Client, method: str, url: str, data: Mapping[str, Any]) -> str:
    """Return the status of an answer, or the error that broke it.

    Nothing of the request remains.
    """
    # Logging out, and a changed password, would leave only redirects to the login for all that follows.
    before = {name: morsel.value for name, morsel in client.cookies.items()}
    try:
        with transaction.atomic():
            response = (
                client.post(url, data) if method == "post" else client.get(f"{url}?{urlencode(data, doseq=True)}")
            )
            if response.streaming:
                response.getvalue()
            transaction.set_rollback(True)
    except Exception as error:  # noqa: BLE001 whatever breaks a page is what is looked for
        return f"{type(error).__name__}: {error}"[:200]
    finally:
        client.cookies.clear()
        client.cookies.load(before)
    return str(response.status_code)


def broken(client: Client, method: str, name: str, url: str, known: Mapping[str, Any], sent: Sent) -> dict[str, str]:
    """Return what breaks a URL, and how."""
    recorder, found = Recorder(), {}
    view = resolve(url).func
    literal = literal_names(getattr(view, "view_class", view).__module__.rpartition(".")[0])
    with recorder.patched():
        status(client, method, url, known)
        # Some parameters are looked for only where others are given.
        status(client, method, url, {**known, **dict.fromkeys(literal - {*LOCATING, "export"}, rotated(url))})
    for query in queries(name, known, recorder, literal, sent):
        said = status(client, method, url, query)
        if not said.isdecimal() or int(said) >= 500:
            found[f"{method} {url} { ({key: str(value)[:40] for key, value in query.items()}) }"] = said
    return found


def arranged(name: str, world: World) -> tuple[str, dict[str, Any]]:
    """Return the URL of a row, and what it is sent."""
    row = MATRIX[name]
    return reverse(name, kwargs=dict(row.kwargs(world))), {**row.query(world), **row.data}


def tried(client: Client, name: str, url: str, known: Mapping[str, Any], sent: Sent) -> dict[str, str]:
    """Return what breaks a URL by GET, and by POST where it takes one."""
    found: dict[str, str] = {}
    for method in ("get", "post"):
        if status(client, method, url, {}) != "405":
            found |= broken(client, method, name, url, known, sent)
    return found


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_parameter_breaks_a_page(shard: int, world: World) -> None:
    found: dict[str, str] = {}
    apart: list[str] = []
    sent: Sent = set()
    client, stranger = Client(), Client()
    client.force_login(world.admin)
    areas = sorted({name.partition(":")[0] for name in MATRIX})[shard::SHARDS]
    sid = transaction.savepoint()
    story.record_story(world)
    for name in sorted(name for name in MATRIX if name.partition(":")[0] in areas):
        try:
            with transaction.atomic():
                url, known = arranged(name, world)
        except Exception:  # noqa: BLE001 each estate has errors of its own
            apart.append(name)  # It records an estate of its own, which must come before the story.
            continue
        found |= tried(stranger if name == "accounts:login" else client, name, url, known, sent)
    transaction.savepoint_rollback(sid)
    for name in apart:
        with transaction.atomic():
            url, known = arranged(name, world)
            found |= tried(client, name, url, known, sent)
            transaction.set_rollback(True)
    assert found == {}
    assert client.get(reverse("accounts:profile")).status_code == 200, "still logged in: no page was only a redirect"


def is_known(path: str) -> bool:
    """Return True where the URL conf has a view for a raw path."""
    try:
        resolve(unquote(path, errors="replace"))
    except Resolver404:
        return False
    return True


def test_no_path_breaks_the_site(world: World, client: Client) -> None:
    """Each argument of each URL, in the raw path as a client may send it."""
    client.force_login(world.admin)
    found: dict[str, str] = {}
    turned_away: set[tuple[str, str]] = set()
    for name, row in MATRIX.items():
        with transaction.atomic():
            kwargs = dict(row.kwargs(world))
            transaction.set_rollback(True)
        url = reverse(name, kwargs=kwargs)
        for value, hostile in product(kwargs.values(), PATHS):
            path = url.replace(f"/{value}/", f"/{hostile}/")
            # What the URL conf turns away never reaches the view: each area sends it once.
            if not is_known(path):
                if (name.partition(":")[0], hostile) in turned_away:
                    continue
                turned_away.add((name.partition(":")[0], hostile))
            found[f"{path[:60]} ({len(path)})"] = status(client, row.method, path, {})
    assert len(found) > 100
    assert {path: said for path, said in found.items() if not said.isdecimal() or int(said) >= 500} == {}


def test_a_cookie_with_nul_is_refused(world: World, client: Client) -> None:
    """A cookie in quotes may spell any character, and a session is looked up by it."""
    client.cookies["sessionid"] = "a"
    client.cookies["sessionid"].set("sessionid", "a\0b", '"a\\000b"')
    assert client.get("/findings/").status_code == 400


def test_a_choice_that_is_none_is_said(world: World, client: Client) -> None:
    client.force_login(world.admin)
    page = client.get("/findings/", {"group": "colour", "per_page": "many"}).content.decode()
    assert "“colour” is no choice for “group”" in page
    assert "“many” is no number for “per_page”" in page


CARRYING = {"posture/web/parameters.py", "posture/web/scoping.py", "posture/web/warm_up.py", "posture/web/lists.py"}
"""Files that hand a whole query on: to links, to a form of filters, to a page that is read ahead."""


def test_views_read_parameters_through_their_parsers_alone() -> None:
    paths = [path for folder in ("posture", "accounts") for path in (ROOT / folder).rglob("*.py")]
    found = {str(path.relative_to(ROOT)) for path in paths if "request.GET" in path.read_text()}
    assert {path for path in found - CARRYING if "/bench/" not in path} == set()

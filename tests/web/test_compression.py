"""Pages are compressed for clients that accept it.

Exports, pictures and headers are as they are without it.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory

from posture.web.compression import CompressPages
from tests.web import story
from tests.web.world import World

BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd"}
PIECE = b"account,region\r\n" * 100


def answered(response: HttpResponseBase, headers: dict[str, str] = BROWSER) -> HttpResponseBase:
    """Return an answer as the middleware sends it."""
    return CompressPages(lambda _: response).process_response(RequestFactory().get("/", headers=headers), response)


@pytest.mark.django_db
def test_a_page_is_compressed_where_it_is_accepted(world: World, client: Client) -> None:
    client.force_login(world.executive)
    plain = client.get("/accounts/table/")
    page = client.get("/accounts/table/", headers=BROWSER)
    assert "Content-Encoding" not in plain.headers
    assert page["Content-Encoding"] == "gzip"
    assert int(page["Content-Length"]) == len(page.content) < len(plain.content) / 2
    assert gzip.decompress(page.content).startswith(b"<!doctype html>")
    for response in (plain, page):
        assert "Accept-Encoding" in response["Vary"]
        assert response["Cache-Control"] == "no-store, private"
    assert page["Content-Security-Policy"] == plain["Content-Security-Policy"]


@pytest.mark.django_db
def test_the_sign_in_is_padded_and_its_token_masked(client: Client) -> None:
    """BREACH compares lengths: the same page has many of them.

    Its secret never the same characters.
    """
    pages = [client.get("/login/", headers=BROWSER) for _ in range(20)]
    assert len({len(page.content) for page in pages}) > 5
    tokens = {str(page.context["csrf_token"]) for page in pages}
    assert len(tokens) == len(pages)
    assert all(str(page.context["csrf_token"]).encode() in gzip.decompress(page.content) for page in pages)


@pytest.mark.django_db
@pytest.mark.parametrize("export", ["csv", "json"])
def test_an_export_is_streamed_as_it_is(world: World, client: Client, export: str) -> None:
    story.record_story(world)
    client.force_login(world.executive)
    answer: Any = client.get(f"/findings/?export={export}&group=none", headers=BROWSER)
    assert answer.streaming
    assert "Content-Encoding" not in answer.headers
    content = b"".join(answer.streaming_content)
    assert len(content) > 200
    if export == "json":
        assert json.loads(content)
    else:
        assert content.count(b"\n") > 1


def test_the_first_rows_of_an_export_are_not_held_back() -> None:
    taken = []

    def pieces() -> Iterator[bytes]:
        for number in range(3):
            taken.append(number)
            yield PIECE

    response: Any = answered(StreamingHttpResponse(pieces(), content_type="text/csv; charset=utf-8"))
    assert next(iter(response.streaming_content)) == PIECE
    assert taken == [0]


@pytest.mark.parametrize("kind", ["image/png", "application/zip", "font/woff2", ""])
def test_what_is_compressed_in_itself_is_sent_as_it_is(kind: str) -> None:
    response = answered(HttpResponse(PIECE, headers={"Content-Type": kind}))
    assert isinstance(response, HttpResponse)
    assert response.content == PIECE
    assert "Vary" not in response.headers


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "TEXT/CSV", "application/json", "image/svg+xml"])
def test_text_is_compressed(kind: str) -> None:
    response = answered(HttpResponse(PIECE, content_type=kind))
    assert isinstance(response, HttpResponse)
    assert gzip.decompress(response.content) == PIECE


def test_a_strong_etag_becomes_a_weak_one() -> None:
    response = answered(HttpResponse(PIECE, headers={"ETag": '"version-1"'}))
    assert response["ETag"] == 'W/"version-1"'
    assert answered(HttpResponse(PIECE, headers={"ETag": '"version-1"'}), {})["ETag"] == '"version-1"'


def test_a_client_that_does_not_accept_it_gets_plain_text() -> None:
    for headers in ({}, {"Accept-Encoding": "br"}):
        response = answered(HttpResponse(PIECE), headers)
        assert isinstance(response, HttpResponse)
        assert response.content == PIECE
        assert response["Vary"] == "Accept-Encoding"

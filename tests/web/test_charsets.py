"""A charset in a header breaks no request: Django reads it before any middleware."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler

from posture.web import charsets
from posture.web.charsets import refuse_charsets

CHARSETS = ("hex", "zlib", "rot13", "undefined", "idna", "punycode", "utf-16", "unicode_escape")


def status(content_type: str) -> str:
    """Return the status of an answer by the application that the web server loads."""
    application = refuse_charsets(WSGIHandler())
    answered: list[str] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/login/",
        "QUERY_STRING": "next=%41",
        "CONTENT_TYPE": content_type,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
    }
    for piece in application(environ, lambda line, _headers: answered.append(line)):
        assert piece
    return answered[0].partition(" ")[0]


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("kind", ["text/plain; charset={}", "multipart/form-data; boundary=x; charset={}"])
def test_a_charset_but_utf_8_is_refused(charset: str, kind: str, db: None) -> None:
    assert status(kind.format(charset)) == "400"


def test_the_web_server_loads_the_guarded_application() -> None:
    """Importing the module would set up this process as a web server."""
    assert (
        "application = refuse_charsets(get_wsgi_application())"
        in Path(charsets.__file__).parents[1].joinpath("wsgi.py").read_text()
    )


@pytest.mark.parametrize("parameter", ["a*=nonsense''%41", "charset=a\0b"])
def test_an_undecodable_parameter_is_refused(parameter: str, db: None) -> None:
    assert status(f"text/plain; {parameter}") == "400"


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", '"utf-8"', "no-such-charset", ""])
def test_utf_8_by_any_of_its_names_is_read(charset: str, db: None) -> None:
    assert status(f"text/plain; charset={charset}") == "200"

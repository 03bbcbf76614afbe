"""Who gets what of the frame's and the persons' own URLs."""

from __future__ import annotations

from tests.web.access import LOGIN, Page

MATRIX = {
    "web:scope": Page(),
    "web:progress": Page(),
    "accounts:login": Page(anonymous=200, owner=302, stranger=302, executive=302, admin=302),
    "accounts:logout": Page(anonymous=302, owner=302, stranger=302, executive=302, admin=302, method="post"),
    "accounts:home": Page(owner=302, stranger=302, executive=302, admin=302),
    "accounts:profile": Page(anonymous=LOGIN, is_scoped=False),
}

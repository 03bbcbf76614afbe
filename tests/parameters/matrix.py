"""Who gets what of the parameters' URLs: everybody reads, admins set."""

from __future__ import annotations

from tests.web.access import Page, admins_only

NAME = "unused_credential_days"

MATRIX = {
    "parameters:list": Page(),
    "parameters:detail": Page(kwargs=lambda _: {"name": NAME}),
    "parameters:change": admins_only(
        kwargs=lambda _: {"name": NAME}, method="post", data={"unit": "", "value": "30"}, admin=302
    ),
}

"""Access to the URLs of accounts by persona."""

from __future__ import annotations

from tests.web.access import Page, admins_only

MATRIX = {
    "organization:tree": Page(),
    "organization:map": Page(),
    "organization:branch": Page(kwargs=lambda world: {"ou_id": world.production.ou_id}, stranger=404),
    "organization:table": Page(),
    "organization:account": Page(kwargs=lambda world: {"account_id": world.ours.account_id}, stranger=404),
    "organization:weigh": admins_only(
        kwargs=lambda world: {"account_id": world.ours.account_id}, method="post", data={"weight": "2"}, admin=302
    ),
}

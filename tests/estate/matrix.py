"""Who gets what of the accounts' URLs."""

from __future__ import annotations

from tests.web.access import Page, admins_only

MATRIX = {
    "estate:tree": Page(),
    "estate:map": Page(),
    "estate:branch": Page(kwargs=lambda world: {"ou_id": world.production.ou_id}, stranger=404),
    "estate:table": Page(),
    "estate:account": Page(kwargs=lambda world: {"account_id": world.ours.account_id}, stranger=404),
    "estate:weigh": admins_only(
        kwargs=lambda world: {"account_id": world.ours.account_id}, method="post", data={"weight": "2"}, admin=302
    ),
}

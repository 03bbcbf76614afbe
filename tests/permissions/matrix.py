"""Who gets what of the permissions' URLs: everybody who may log in."""

from __future__ import annotations

from tests.web.access import Page

MATRIX = {
    "permissions:list": Page(),
    "permissions:detail": Page(kwargs=lambda _: {"action": "ec2:DescribeVpcs"}),
}

"""Who gets what of the permissions' URLs: everybody who may log in."""

from __future__ import annotations

from tests.web.access import Page

MATRIX = {
    "permitting:list": Page(),
    "permitting:detail": Page(kwargs=lambda _: {"action": "ec2:DescribeVpcs"}),
}

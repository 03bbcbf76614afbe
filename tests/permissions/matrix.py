"""Who gets what of the permissions' URLs: everybody who may log in."""

from __future__ import annotations

from tests.web.access import Page, admins_only

MATRIX = {
    "permissions:list": Page(),
    "permissions:kubernetes": Page(),
    "permissions:connect": admins_only(
        method="post", data={"arn": "arn:aws:eks:::cluster/none", "read": "1"}, admin=404
    ),
    "permissions:detail": Page(kwargs=lambda _: {"action": "ec2:DescribeVpcs"}),
}

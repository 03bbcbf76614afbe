"""Vendors' accounts are named next to their ids."""

from __future__ import annotations

import re

from posture.core.vendor_accounts import VENDORS, named


def test_each_vendor_has_an_account_and_a_name() -> None:
    assert all(re.fullmatch(r"\d{12}", account) and name.strip() == name for account, name in VENDORS.items())


def test_a_vendor_is_named_next_to_its_account_and_nobody_else_is() -> None:
    assert named("464622532012") == "464622532012 (Datadog)"
    assert named("444455556666") == "444455556666"

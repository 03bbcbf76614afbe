"""Who gets what of the styleguide's URLs."""

from __future__ import annotations

from tests.web.access import admins_only

MATRIX = {f"styleguide:{chapter}": admins_only(is_scoped=False) for chapter in ("tokens", "parts", "pictures")}

"""Who gets what of the styleguide's URLs."""

from __future__ import annotations

from posture.pages.styleguide.urls import urlpatterns
from tests.web.access import admins_only

CHAPTERS = [str(one.name) for one in urlpatterns]

MATRIX = {f"styleguide:{chapter}": admins_only(is_scoped=False) for chapter in CHAPTERS}

"""The mypy plugin of django-stubs, with the environment its settings need.

Nothing is connected to: the URLs only have to be well-formed.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

os.environ.setdefault("PLUMBLINE_SECRET_KEY", secrets.token_urlsafe(48))
os.environ.setdefault("DATABASE_URL", "postgres://nobody@/nothing")
os.environ.setdefault("REDIS_URL", "redis://localhost")

sys.path.append(str(Path.cwd()))

from mypy_django_plugin.main import plugin

__all__ = ["plugin"]

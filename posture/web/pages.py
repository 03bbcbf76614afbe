"""Base views of pages in the scope of a request; those of lists are next door.

A page about one thing says how the thing is loaded, and what its template needs besides:

    class RackPage(DetailPage[Rack]):
        template_name, name = "outposts/detail.html", "rack"

        def load(self) -> Rack | None:
            return queries.rack(self.scope, self.kwargs["resource_id"])

        def context(self) -> dict[str, Any]:
            return {"findings": queries.findings_on(self.scope, self.thing)}
"""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import View

from posture.history.scope import Scope
from posture.web.scoping import scope_of

Thing = TypeVar("Thing")


class ScopedView(View):
    """A view that knows the scope of its request."""

    scope: Scope

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Resolve the scope before anything is read."""
        super().setup(request, *args, **kwargs)
        if request.user.is_authenticated:
            self.scope = scope_of(request)


def is_part_request(request: HttpRequest) -> bool:
    """Return True where htmx asks for a part, and not for the page that Back leads to."""
    details = getattr(request, "htmx", None)
    return bool(details) and not getattr(details, "history_restore_request", False)


class ScopedPage(ScopedView):
    """A page that reads and renders.

    `part_template_name` is what htmx is answered, if not the page.
    """

    http_method_names = ("get", "head")
    template_name: ClassVar[str]
    part_template_name: ClassVar[str] = ""

    def context(self) -> dict[str, Any]:
        """Return what the template needs."""
        return {}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the page."""
        return self.show()

    def show(self, **more: Any) -> HttpResponse:
        """Render the page, or the part that htmx asks for."""
        is_part = bool(self.part_template_name) and is_part_request(self.request)
        template = self.part_template_name if is_part else self.template_name
        return render(self.request, template, {**more, **self.context()})


class DetailPage(ScopedPage, Generic[Thing]):
    """A page about one thing in the scope; 404 where there is none."""

    name: ClassVar[str]
    """What the template calls the thing."""
    missing: ClassVar[str] = "No such page."
    """The sentence of the 404."""
    thing: Thing

    def load(self) -> Thing | None:
        """Return what the URL names; None, or 404, where the scope has no such thing."""
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the thing."""
        found = self.load()
        if found is None:
            raise Http404(self.missing)
        self.thing = found
        return self.show(**{self.name: found})

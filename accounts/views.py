"""Logging in, the way home, and a person's own page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import throttling
from accounts.forms import LoginForm, PasswordForm
from posture.observability import security
from posture.web.limits import limit_exempt
from posture.web.scoping import require_user, url_in_scope


class Login(LoginView):
    """Log in; whoever is logged in already goes on."""

    template_name = "accounts/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Try the password, unless it was tried too often."""
        name = throttling.name_of(request)
        limit = throttling.reached(request, name)
        if limit is not None:
            return throttling.refuse(request, limit.kind, name, limit.seconds)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Log in, and know this browser from now on."""
        response = super().form_valid(form)
        throttling.remember_device(self.request, response, form.get_user().get_username())
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Count a wrong password; what django-axes has refused was not even tried."""
        name = throttling.name_of(self.request)
        was_tried = getattr(self.request, "axes_failures_since_start", None) is not None
        if form.non_field_errors() and (was_tried or throttling.is_known_device(self.request, name)):
            throttling.count_failure(self.request, name)
        return super().form_invalid(form)


@limit_exempt
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Lead people to where their day starts.

    Owners to what is wrong, the others to the overview.
    """
    return redirect("dashboard:overview" if require_user(request).sees_everything else "findings:list")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show what the person may see, and let them change their password."""
    user = require_user(request)
    limit, key = throttling.PASSWORD, str(user.pk)
    if request.method == "POST" and limit.is_reached(key):
        security.record("password_locked", request)
        page = render_to_string("accounts/locked_out.html", {"limit": limit.kind, "minutes": limit.seconds // 60})
        return HttpResponse(page, status=429, headers={"Retry-After": str(limit.seconds)})
    form = PasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        update_session_auth_hash(request, form.save())
        limit.clear(key)
        security.record("password_changed", request)
        messages.success(request, "The password is changed.")
        return redirect(url_in_scope(request, "accounts:profile"))
    if request.method == "POST" and "old_password" in form.errors and form.data.get("old_password"):
        limit.add(key)
        security.record("password_failed", request)
    ownerships = user.ownerships.select_related("account", "unit")
    return render(request, "accounts/profile.html", {"form": form, "ownerships": ownerships})

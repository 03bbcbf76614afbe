"""Logging in, the way home, and a person's own page."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import LoginForm, PasswordForm
from posture.web.scoping import signed_in


class Login(LoginView):
    """Log in; whoever is logged in already goes on."""

    template_name = "accounts/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Lead people to where their day starts: owners to what is wrong, the others to the overview."""
    return redirect("dashboard:overview" if signed_in(request).sees_everything else "findings:list")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show what the person may see, and let them change their password."""
    user = signed_in(request)
    form = PasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        update_session_auth_hash(request, form.save())
        messages.success(request, "The password is changed.")
        return redirect("accounts:profile")
    ownerships = user.ownerships.select_related("account", "unit")
    return render(request, "accounts/profile.html", {"form": form, "ownerships": ownerships})

"""Forms about a person: logging in, and changing the own password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.validators import MaxLengthValidator

from accounts.throttling import LONGEST_NAME


def _add_bootstrap_classes(form: forms.Form) -> None:
    form.label_suffix = ""
    for field in form.fields.values():
        field.widget.attrs["class"] = "form-control"


class LoginForm(AuthenticationForm):
    """User name and password; errors do not reveal which of them is wrong."""

    error_messages = {
        "invalid_login": "This name and password do not belong together. Passwords heed capitals.",
        "inactive": "This person may not log in any more; ask an admin.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Django gives the longest name to the control alone, and a longer one to whoever records the failure.
        self.fields["username"].validators.append(MaxLengthValidator(LONGEST_NAME))
        _add_bootstrap_classes(self)


class PasswordForm(PasswordChangeForm):
    """The old password, and the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _add_bootstrap_classes(self)

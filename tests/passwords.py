"""The tests' hasher of passwords."""

from __future__ import annotations

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """Django's own hasher with one round.

    Nobody attacks these passwords, and a real one takes half a second.
    """

    iterations = 1

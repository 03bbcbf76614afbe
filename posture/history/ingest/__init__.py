"""Records sweep results: one transaction under one lock an account.

A result that is delivered twice changes nothing.

May not call AWS, and may not decide what a user sees.
"""

from posture.history.ingest.account import Recorded, record_account
from posture.history.ingest.departure import close_left_account
from posture.history.ingest.manifests import record_manifests

__all__ = ["Recorded", "close_left_account", "record_account", "record_manifests"]

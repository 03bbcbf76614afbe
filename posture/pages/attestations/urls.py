"""The area's pages."""

from __future__ import annotations

from django.urls import path

from posture.pages.attestations import views

app_name = "attestations"
urlpatterns = [
    path("", views.AttestationList.as_view(), name="list"),
    path("<str:reference>/", views.detail, name="detail"),
    path("<str:reference>/attest/", views.attest, name="attest"),
    path("<str:reference>/withdraw/", views.withdraw, name="withdraw"),
]

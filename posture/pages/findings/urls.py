"""The area's pages."""

from __future__ import annotations

from django.urls import path

from posture.pages.findings import check_page, finding_page, saved_view_pages, triage, undo, views

app_name = "findings"
urlpatterns = [
    path("", views.FindingList.as_view(), name="list"),
    path("members/", views.members, name="members"),
    path("views/", saved_view_pages.views, name="views"),
    path("views/<int:view_id>/", saved_view_pages.view, name="view"),
    path("undo/", undo.undo, name="undo"),
    path("triage/", triage.triage_many, name="triage_many"),
    path("<int:finding_id>/", finding_page.detail, name="detail"),
    path("<int:finding_id>/triage/", triage.triage, name="triage"),
    path("check/<slug:check_id>/", check_page.CheckPage.as_view(), name="check"),
]

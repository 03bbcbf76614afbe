"""The pages of drift."""

from __future__ import annotations

from django.urls import path

from posture.pages.drift import views
from posture.pages.drift.digest import views as digests

app_name = "drift"
urlpatterns = [
    path("", views.DriftPage.as_view(), name="drift"),
    path("why/<slug:cause>/", views.CausePage.as_view(), name="cause"),
    path("why/", views.ReasonsPage.as_view(), name="why"),
    path("held/", views.CohortPage.as_view(), name="held"),
    path("fixing/", views.FixingList.as_view(), name="fixing"),
    path("digest/", digests.page, name="digest"),
    path("digest/mail/", digests.mail, name="digest_mail"),
    path("digest/settings/", digests.settings, name="digest_settings"),
    path("digest/mails/", digests.MailList.as_view(), name="digest_mails"),
    path("group/", views.GroupPage.as_view(), name="group"),
    path("resource/<int:resource_id>/", views.DifferencePage.as_view(), name="difference"),
    path("<slug:kind>/", views.ChangeList.as_view(), name="list"),
]

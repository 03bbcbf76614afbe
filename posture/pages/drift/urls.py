"""The pages of drift."""

from __future__ import annotations

from django.urls import path

from posture.pages.drift import views
from posture.pages.drift.digest import views as digests

app_name = "drift"
urlpatterns = [
    path("", views.drift, name="drift"),
    path("why/<slug:cause>/", views.cause, name="cause"),
    path("why/", views.why, name="why"),
    path("held/", views.held, name="held"),
    path("fixing/", views.FixingList.as_view(), name="fixing"),
    path("digest/", digests.page, name="digest"),
    path("digest/mail/", digests.mail, name="digest_mail"),
    path("digest/settings/", digests.settings, name="digest_settings"),
    path("digest/mails/", digests.MailList.as_view(), name="digest_mails"),
    path("group/", views.group, name="group"),
    path("resource/<int:resource_id>/", views.difference, name="difference"),
    path("<slug:kind>/", views.ChangeList.as_view(), name="list"),
]

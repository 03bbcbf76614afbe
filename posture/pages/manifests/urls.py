"""The area's pages."""

from __future__ import annotations

from django.urls import path

from posture.pages.manifests import views

app_name = "manifests"
urlpatterns = [
    path("", views.SourceList.as_view(), name="list"),
    path("upload/", views.upload, name="upload"),
    path("uploads/<int:upload_id>/", views.PreviewPage.as_view(), name="preview"),
    path("uploads/<int:upload_id>/record/", views.record, name="record"),
    path("uploads/<int:upload_id>/discard/", views.discard, name="discard"),
    path("objects/<int:object_id>/", views.ObjectPage.as_view(), name="object"),
    path("<int:source_id>/", views.SourcePage.as_view(), name="source"),
    path("<int:source_id>/remove/", views.remove, name="remove"),
]

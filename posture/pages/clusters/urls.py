"""The area's pages."""

from __future__ import annotations

from django.urls import path

from posture.pages.clusters import views

app_name = "clusters"
urlpatterns = [
    path("", views.ClusterList.as_view(), name="list"),
    path("<int:resource_id>/", views.ClusterPage.as_view(), name="detail"),
    path("<int:resource_id>/rbac/", views.RbacPage.as_view(), name="rbac"),
    path("<int:resource_id>/workloads/", views.WorkloadsPage.as_view(), name="workloads"),
]

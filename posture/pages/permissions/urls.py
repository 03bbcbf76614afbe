"""The URLs of permissions."""

from django.urls import path

from posture.pages.permissions import clusters, views

app_name = "permissions"

urlpatterns = [
    path("", views.PermissionList.as_view(), name="list"),
    path("kubernetes/", clusters.KubernetesPage.as_view(), name="kubernetes"),
    path("kubernetes/connect/", clusters.connect, name="connect"),
    path("<str:action>/", views.PermissionPage.as_view(), name="detail"),
]

"""The URLs of permissions."""

from django.urls import path

from posture.permitting import views

app_name = "permitting"

urlpatterns = [
    path("", views.PermissionList.as_view(), name="list"),
    path("<str:action>/", views.permission, name="detail"),
]

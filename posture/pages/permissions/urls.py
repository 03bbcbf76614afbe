"""The URLs of permissions."""

from django.urls import path

from posture.pages.permissions import views

app_name = "permissions"

urlpatterns = [
    path("", views.PermissionList.as_view(), name="list"),
    path("<str:action>/", views.PermissionPage.as_view(), name="detail"),
]

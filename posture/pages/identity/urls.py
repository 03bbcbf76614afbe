"""The URLs of the identity pages."""

from django.urls import path

from posture.pages.identity import views

app_name = "identity"

urlpatterns = [
    path("", views.overview, name="overview"),
    path("list/", views.IdentityList.as_view(), name="list"),
    path("outside/", views.TrustList.as_view(), name="outside"),
    path("center/", views.AssignmentList.as_view(), name="center"),
    path("keys/", views.KeyList.as_view(), name="keys"),
]

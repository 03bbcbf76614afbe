"""The URLs of the network's pages."""

from django.urls import path

from posture.pages.network import views

app_name = "network"

urlpatterns = [
    path("", views.VpcList.as_view(), name="vpcs"),
    path("<int:resource_id>/", views.VpcPage.as_view(), name="vpc"),
]

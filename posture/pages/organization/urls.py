"""The pages of accounts."""

from __future__ import annotations

from django.urls import path, re_path

from posture.pages.organization import views

app_name = "organization"
urlpatterns = [
    path("", views.organization_tree, name="tree"),
    path("map/", views.account_map, name="map"),
    path("unit/<str:ou_id>/", views.branch, name="branch"),
    path("table/", views.AccountList.as_view(), name="table"),
    re_path(r"^(?P<account_id>[0-9]{12})/$", views.account, name="account"),
    re_path(r"^(?P<account_id>[0-9]{12})/weight/$", views.weigh, name="weigh"),
]

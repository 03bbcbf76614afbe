"""The URLs of onboarding and settings."""

from django.urls import path, re_path

from accounts.onboarding import people, rotation, views

app_name = "onboarding"

urlpatterns = [
    path("", views.organizations, name="organizations"),
    path("new/", views.who, name="new"),
    path("caller/", views.caller, name="caller"),
    path("people/", people.people, name="people"),
    path("people/new/", people.person, name="person_new"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/access/", people.access, name="access"),
    path("<int:pk>/", views.settings, name="settings"),
    path("<int:pk>/who/", views.who, name="who"),
    path("<int:pk>/deploy/", views.deploy, name="deploy"),
    re_path(r"^(?P<pk>[0-9]{1,18})/template/(?P<which>member|management)\.json$", views.template, name="template"),
    path("<int:pk>/connect/", views.connect, name="connect"),
    path("<int:pk>/connect/<int:test_pk>/", views.connection_test, name="test"),
    path("<int:pk>/start/", views.start, name="start"),
    path("<int:pk>/rotation/", rotation.rotation, name="rotation"),
    path("<int:pk>/rotation/begin/", rotation.begin, name="rotation_begin"),
    path("<int:pk>/rotation/end/", rotation.end, name="rotation_end"),
    path("<int:pk>/pause/", views.pause, name="pause"),
    path("<int:pk>/delete/", views.delete, name="delete"),
]

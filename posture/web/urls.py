"""The pieces of the frame that load by themselves."""

from django.urls import path

from posture.web import frame, views

app_name = "web"
urlpatterns = [
    path("scope/", views.pick_scope, name="scope"),
    path("progress/", views.show_progress, name="progress"),
    path("palette/", frame.palette, name="palette"),
    path("palette/opened/", frame.record_opened, name="opened"),
    path("shortcuts/", frame.shortcuts, name="shortcuts"),
    path("shortcuts/switch/", frame.switch_shortcuts, name="switch_shortcuts"),
    path("tour/", frame.tour, name="tour"),
    path("tour/dismiss/", frame.dismiss_tour, name="dismiss_tour"),
]

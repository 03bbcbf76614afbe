"""Activity: events, who did them, and detections."""

"""What no API reports: who attests it, until when, and by which evidence."""

"""Reviews of the office's places."""

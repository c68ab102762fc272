"""What people are told, and when: incidents followed, messages worded, drawn, kept and sent."""

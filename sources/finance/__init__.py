"""The budget of the office."""

"""The demonstration office of Auch: every system, 2023 to 2025, after its activity report of 2025."""

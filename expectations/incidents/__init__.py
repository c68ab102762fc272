"""Incidents: the rules that open them, what the tables show, and the life of each."""

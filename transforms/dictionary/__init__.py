"""The dictionary of indicators: one YAML file a section of the activity report, one entry an indicator."""

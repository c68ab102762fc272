"""What each system records: one folder per system, read strictly and loaded with dlt."""

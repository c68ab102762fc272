"""Door counters: the national counting schema, and CSV files and messages declared in office.yml."""

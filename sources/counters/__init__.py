"""Door counters: the national counting schema and CSV files declared in office.yml."""

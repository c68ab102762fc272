"""Speed and memory of the night beside DuckDB alone; not tests. `make bench` prints the figures."""

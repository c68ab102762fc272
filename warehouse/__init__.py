"""Where everything rests: office file, layout, DuckDB, ledger, publishing. It knows no other room."""

"""Wild workbooks and CSV with known truth: what the reader of layouts makes of them, cell by cell."""

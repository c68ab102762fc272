"""What people take away: published tables as workbooks, CSV, Parquet, open data and national counts."""

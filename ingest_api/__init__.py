"""From an HTTP request to a Parquet part file. Knows nothing of Dagster, DuckDB or any destination."""

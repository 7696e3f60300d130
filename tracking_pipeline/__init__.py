"""From a Parquet part file to SQL and to GA4."""

"""The store: attach, the one writer, loads, upkeep. No Dagster in here."""

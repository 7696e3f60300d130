"""Marts: what analysts start from, kept equal to a recomputation from all events. No Dagster here."""

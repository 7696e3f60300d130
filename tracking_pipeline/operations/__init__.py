"""Setting up and running the parts: supervisor, Dagster home, reaping, checks of the set-up."""

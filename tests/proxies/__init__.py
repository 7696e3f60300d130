"""The recipes of docs/first-party.md, run for real: nginx and Caddy before a site and its collector."""

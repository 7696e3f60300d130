"""The assets: wiring only, one screen each."""

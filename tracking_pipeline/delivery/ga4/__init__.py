"""GA4 as a destination: mapping, masking, requests."""

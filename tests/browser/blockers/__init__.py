"""What content blockers do to a site's own tracker: their current rules, in two engines and in a real browser."""

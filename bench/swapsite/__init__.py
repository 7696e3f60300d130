"""A made-up swap site whose truth is known: a Markov model of its visits, what they mean, and how they arrive.

``people`` (who there is) → ``visits`` (what they do) → ``truth`` (what the marts must say, counted in Python from the
visits, never by SQL) and ``arrivals`` (part files: late, split, doubled). Everything follows from seeds.
"""

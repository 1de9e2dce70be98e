"""One file a case: each has a ``CASE``."""

"""Item models over core data."""

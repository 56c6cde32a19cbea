"""The audit log: chained rows, verifier, export."""

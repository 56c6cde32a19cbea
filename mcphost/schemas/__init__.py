"""Bounded JSON Schema 2020-12 validation in a worker process that is killed at its budget."""

"""Signing in to servers: discovery, registration, grants, tokens. Secrets never leave this room."""

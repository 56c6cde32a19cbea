"""Consent requests, decisions and grants; the elicitation desk."""

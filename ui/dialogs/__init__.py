"""Consent, elicitation, open-link and add-server dialogs; `open()` only."""

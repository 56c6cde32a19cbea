"""The PySide6 shell: it shows, asks and carries; it decides nothing."""

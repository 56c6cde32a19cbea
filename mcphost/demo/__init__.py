"""The built-in demo server: a real stateless 2026-07-28 server, run as its own process."""

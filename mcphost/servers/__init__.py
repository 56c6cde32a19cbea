"""Configured servers, era detection, HTTP and stdio transports."""

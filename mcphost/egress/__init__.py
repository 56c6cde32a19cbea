"""The loopback filtering proxy that is the floor under every View's network."""

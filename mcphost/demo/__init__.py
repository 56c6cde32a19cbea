"""The built-in demo server: a real stateless 2026-07-28 server, run as its own process.

Law of the room: it is a server like any other. The host talks to it over a pipe or a socket and
trusts it no further; it imports nothing of the host but the asset accessor and the vocabulary, so
that client and server cannot share a mistake. It keeps no state between requests: what must last
travels with the caller, sealed.
"""

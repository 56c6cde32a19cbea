"""The one path: the only room that may cause an effect outside the host."""

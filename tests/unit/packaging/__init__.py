"""Tests of what `./packaging/run` and `./packaging/test` are made of."""

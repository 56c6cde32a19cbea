"""One controller per live View: Apps session, delivery order, gestures, teardown."""

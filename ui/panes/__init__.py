"""Chat, review, activity, servers and settings panes."""

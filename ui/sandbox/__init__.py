"""The only QtWebEngine room: profile, page, hooks, scheme handler, channel, gesture filter, self-
test.
"""

"""Pure policy: the Cedar bundle, CSP, navigation, network, permissions, limits."""

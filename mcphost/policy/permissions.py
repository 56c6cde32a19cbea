"""Browser features of a View: everything is off but what is declared and granted.

Pure; called by `policy.snapshot`. The list is closed: a feature the engine knows and this list
does not would stay at the engine's default, so `tests/hostile` compares it with the engine's own.
"""

from __future__ import annotations

GRANTABLE = ("camera", "microphone", "geolocation", "clipboard-write")
"""The features that the Apps extension lets a template declare."""

_FEATURES = (
    "accelerometer ambient-light-sensor attribution-reporting autoplay bluetooth browsing-topics "
    "camera captured-surface-control clipboard-read clipboard-write compute-pressure "
    "cross-origin-isolated deferred-fetch display-capture encrypted-media fullscreen gamepad "
    "geolocation gyroscope hid identity-credentials-get idle-detection join-ad-interest-group "
    "keyboard-map local-fonts magnetometer microphone midi otp-credentials payment "
    "picture-in-picture private-aggregation publickey-credentials-create "
    "publickey-credentials-get run-ad-auction screen-wake-lock serial shared-storage "
    "speaker-selection storage-access usb web-share window-management xr-spatial-tracking"
)
FEATURES = tuple(_FEATURES.split())


def permissions_policy(allowed: frozenset[str], *, own: bool = False) -> str:
    """The `Permissions-Policy` value that switches every feature off but *allowed*.

    *own*: the value for the App's document, which may use what is allowed itself and hand none of
    it on to a frame inside it. The host page leaves it open, to pass it on by `frame_allow`.
    """
    off = [f"{feature}=()" for feature in FEATURES if feature not in allowed]
    mine = [f"{feature}=(self)" for feature in FEATURES if own and feature in allowed]
    return ", ".join(off + mine)


def frame_allow(allowed: frozenset[str]) -> str:
    """The `allow` attribute of the App frame: *allowed*, in a fixed order."""
    return "; ".join(feature for feature in GRANTABLE if feature in allowed)

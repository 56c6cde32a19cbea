"""The password of one View at the filtering proxy, made from the run's secret and the View's name.

Law: a View's password says nothing of another's, nor of the secret. Pure; the proxy asks for it,
and the page of the View answers.
"""

from __future__ import annotations

import hmac


def proxy_password(secret: str, view: str) -> str:
    """Who shows this is *view*."""
    return hmac.new(secret.encode(), view.encode(), "sha256").hexdigest()

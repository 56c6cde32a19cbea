"""Formats of credentials, found in what is about to leave (links, arguments, answers).

Law: only formats that their issuers define, by prefix and length, so that an ordinary word is none;
the value itself is never part of a finding. Pure. Words that *ask* for a secret are in
`mcphost.protocol.secrets`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_FORMATS: Final = (
    ("a private key", r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"),
    ("an access key of AWS", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    ("a token of GitHub", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,255})\b"),
    ("a token of GitLab", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    ("a token of Slack", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    ("a webhook of Slack", r"hooks\.slack\.com/services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/\w{16,}"),
    ("an API key of Google", r"\bAIza[0-9A-Za-z_-]{35}(?![0-9A-Za-z_-])"),
    ("a token of Google", r"\bya29\.[0-9A-Za-z_-]{20,}"),
    ("an API key of Stripe", r"\b[rs]k_(?:live|test)_[0-9A-Za-z]{16,}\b"),
    ("an API key of a model service", r"\bsk-(?:ant-|proj-|or-)?[A-Za-z0-9_-]{20,}"),
    ("a token of Hugging Face", r"\bhf_[A-Za-z0-9]{30,}\b"),
    ("a token of npm", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("a token of PyPI", r"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{40,}"),
    ("an API key of SendGrid", r"\bSG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,45}"),
    ("a key of Twilio", r"\bSK[0-9a-f]{32}\b"),
    ("a token of Telegram", r"\b[0-9]{8,10}:AA[A-Za-z0-9_-]{33}\b"),
    ("a token of DigitalOcean", r"\bdo[opr]_v1_[0-9a-f]{64}\b"),
    ("a key of age", r"\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b"),
    (
        "a signed token (JWT)",
        r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}",
    ),
    ("a bearer token", r"(?i:\bbearer[ +]|%20bearer%20)[A-Za-z0-9._~+/-]{20,}"),
    ("a password in an address", r"\b[a-z][a-z0-9+.-]*://[^\s/:@?#]+:[^\s/@?#]{3,}@"),
)
_ANY = re.compile("|".join(f"(?P<f{n}>{pattern})" for n, (_, pattern) in enumerate(_FORMATS)))


def credential_in(texts: Iterable[str]) -> str | None:
    """The format of the first credential in any of *texts*, in words, or None."""
    for text in texts:
        found = _ANY.search(text)
        if found is not None and found.lastgroup is not None:
            return _FORMATS[int(found.lastgroup[1:])][0]
    return None

"""Words that betray a form field asking for a secret. A server must never ask for one in a form.

Law: recall before precision: a harmless field that is refused can be renamed by its author, a
password that was typed into a form cannot be taken back. Pure.
"""

from __future__ import annotations

import re
import unicodedata

_LOOKALIKES = str.maketrans("0134578@$аеорсух", "oleastbasaeopcyx")

_JOINED = re.compile(
    r"passw(?:or)?d|passwort|passphrase|passcode|passkey|kennwort|motdepasse|contrasen|parola"
    r"|wachtwoord|losenord|salasana|haslo|пароль|парол|密码|密碼|パスワード|暗証|비밀번호"
    r"|apikey|secretkey|privatekey|privkey|sshkey|encryptionkey|accesskey|signingkey|licensekey"
    r"|accesstoken|authtoken|bearertoken|refreshtoken|sessiontoken|securitytoken|idtoken"
    r"|clientsecret|credential|seedphrase|seedwords?|recoveryphrase|recoverycode|recoverykey"
    r"|backupcode|mnemonic|walletkey|secretphrase|secretword|secretanswer|securityanswer"
    r"|creditcard|debitcard|cardnumber|cardno\b|cardholdernumber|cardverif|kreditkart|kartennummer"
    r"|securitycode|verificationcode|authenticationcode|authcode|onetimecode|onetimepass|smscode"
    r"|socialsecurity|bankaccount|accountnumber|routingnumber|sessioncookie|sessionid|cookieheader"
)
_WORDS = re.compile(
    r"\b(?:pass|pw|pwd|passwd|pin|pincode|pin code|pin number|cvv2?|cvc2?|csc|pan|otp|totp|2fa|mfa"
    r"|ssn|iban|secrets?|pat|jwt|bearer|senha|clave|cookies?"
    r"|(?:card|expiry|expiration) (?:expiry|number|date|no)|card expiry)\b"
)
_TOKEN = re.compile(r"\b(?:token|tokens|api token|key file|pem)\b")
_ASKING = re.compile(
    r"\b(?:enter|type|give|provide|paste|confirm|submit|supply|send|fill in|share|need|input|"
    r"tell)\b"
)


def asks_for_secret(*texts: str, numeric: bool = False) -> str | None:
    """The word that betrays a field with these *texts* (name, title, description), or None.

    A *numeric* field may count tokens, but not hold a PIN.
    """
    for text in texts:
        words = _plain(text)
        found = _WORDS.search(words) or _JOINED.search(words.replace(" ", ""))
        if found is None and not numeric:
            found = _TOKEN.search(words)
        if found is not None:
            return found.group()
    return None


def message_asks_for_secret(message: str) -> str | None:
    """The word, when a form's message tells the person to enter a secret."""
    for sentence in re.split(r"[.!?\n]+", message):
        if _ASKING.search(_plain(sentence)):
            found = asks_for_secret(sentence)
            if found is not None:
                return found
    return None


def _plain(text: str) -> str:
    """Lower case words divided by single spaces; camelCase divided, tricks undone."""
    taken_apart = unicodedata.normalize("NFKD", text)
    shown = unicodedata.normalize("NFC", "".join(c for c in taken_apart if not _decorates(c)))
    divided = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[0-9])(?=[A-Z][a-z])", " ", shown).casefold()
    words = [_untricked(word) for word in re.findall(r"[\w$@]+", divided.replace("_", " "))]
    return " ".join(words)


def _decorates(character: str) -> bool:
    """Invisible characters, and accents on Latin letters."""
    accent = "\u0300" <= character <= "\u036f"
    return accent or unicodedata.category(character) in {"Cf", "Cc"}


def _untricked(word: str) -> str:
    """`p4ssw0rd` → `password`; plain numbers and plain words stay."""
    if word.isdigit() or word in {"2fa", "cvv2", "cvc2"}:
        return word
    return word.translate(_LOOKALIKES) if re.search(r"[a-z]", word) else word

"""Words that betray a secret: every one of a corpus is caught, ordinary fields are not."""

from __future__ import annotations

import pytest

from mcphost.protocol.secrets import asks_for_secret

SECRETS = (
    """
password|Password|PASSWORD|pass_word|passWord|user_password|newPassword|pwd|pw|passwd|passphrase
passcode|p4ssw0rd|pa$$word|pass\u200bword|ｐａｓｓｗｏｒｄ|Your account password|token|api_token
accessToken|access-token|Bearer token|refresh_token|API key|apiKey|api-key|OPENAI_API_KEY|secret
clientSecret|client_secret|secret key|private key|privateKey|SSH private key|credential|credentials
seed phrase|seedPhrase|recovery phrase|12 seed words|mnemonic|wallet key|card number|cardNumber
credit card|creditCardNumber|debit card|CVV|cvc|cvv2|card security code|expiry date of card expiry
PIN|pin code|pinCode|OTP|one-time code|one time password|2FA code|two-factor (2fa)|SMS code|JWT
verification code|authentication code|SSN|social security number|IBAN|bank account number
session cookie|sessionId|security answer|Passwort|Kennwort|mot de passe|contraseña|senha|пароль
密码|パスワード|비밀번호|backup code|recovery code|passkey|encryption key|signing key
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

ORDINARY = (
    """
name|first_name|email|address|city|size|colour|quantity|date|notes|passenger|passenger_count|compass
passage|monkey|secretary|keyboard|keyword|key_results|donkey|pinterest_board|opinion|spinner|pint
tokenizer_name|broken|company|panel|pandas|patch|pattern|cardinal|cardigan|discard|scorecard
shipping_method|accountant|account_name|recipe|turkey|hockey|whiskey_brand|code|postcode|zip code
country code|discount code|session_title|course|expiry_reminder|bearing|bear|crop|bed|goal|Budget
""".replace("\n", "|")
    .strip("|")
    .split("|")
)


@pytest.mark.requirement("MCP-103")
@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_caught_by_name_title_and_description(name: str) -> None:
    assert asks_for_secret(name, "", "")
    assert asks_for_secret("value", name, "")
    assert asks_for_secret("value", "", f"Please give us your {name}.")


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_field_is_not(name: str) -> None:
    assert asks_for_secret(name, name.title(), f"The {name} you want") is None


def test_the_corpus_is_large_enough() -> None:
    assert len(SECRETS) >= 50

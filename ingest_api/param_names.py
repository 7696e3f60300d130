"""CONTRACT: what the name of a parameter or query key says of its value: public, private, or judge it by its shape."""

from typing import Literal

# Query keys whose values are public: the swap in the address bar, campaigns, click ids.
OPEN_KEYS = frozenset(
    {
        "fromtoken",
        "totoken",
        "fromchain",
        "tochain",
        "gclid",
        "gbraid",
        "wbraid",
        "dclid",
        "gclsrc",
        "fbclid",
        "msclkid",
        "ttclid",
        "twclid",
        "li_fat_id",
    }
)
OPEN_KEY_PREFIX = "utm_"

# Parameters, by name without case, `_`, `-` and a leading `param`.
PUBLIC_PARAMS = frozenset({"fromtokenaddress", "totokenaddress", "tokenaddress", "fromtoken", "totoken"})
PRIVATE_PARAMS = frozenset(
    {
        "address",
        "addresses",
        "toaddress",
        "fromaddress",
        "recipient",
        "recipientaddress",
        "receiver",
        "receiveraddress",
        "receivingaddress",
        "sender",
        "senderaddress",
        "account",
        "accountaddress",
        "email",
        "emailaddress",
        "mail",
        "phone",
        "phonenumber",
        "password",
        "secret",
        "accesstoken",
        "refreshtoken",
        "idtoken",
        "apikey",
        "privatekey",
        "mnemonic",
        "explorerlink",
        "explorerurl",
        "newvalue",
        "previousvalue",
        "oldvalue",
        "firstname",
        "lastname",
        "fullname",
    }
)
PRIVATE_ENDINGS = (
    "txhash",
    "txlink",
    "transactionhash",
    "transactionlink",
    "walletaddress",
    "walletaddresses",
    "email",
)

ParamRule = Literal["drop", "public", "mask"]


def param_rule(name: str) -> ParamRule:
    """Say what happens to a parameter by its name: left out, kept as a public address, or masked by shape."""
    plain = name.lower().replace("_", "").replace("-", "").removeprefix("param")
    if plain in PUBLIC_PARAMS:
        return "public"
    return "drop" if plain in PRIVATE_PARAMS or plain.endswith(PRIVATE_ENDINGS) else "mask"

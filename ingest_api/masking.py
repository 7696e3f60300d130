"""CONTRACT: what tells a person, in texts and URLs: e-mail, wallet and token shapes become ``***``. Pure functions.

The collector masks URLs, titles and referrers before they are stored (``scrub.py``), the pipeline all that leaves for
a third party. In query strings the keys of ``OPEN_KEYS`` keep their values. Unsure means masked. Time is linear in the
length of the text, whatever it holds, and masking again changes nothing.
"""

import re
import unicodedata
from urllib.parse import quote, unquote, unquote_plus

from ingest_api.param_names import OPEN_KEY_PREFIX, OPEN_KEYS, param_rule

MASK = "***"
MAX_DEPTH = 4  # URLs in URLs, and encodings of encodings
MAX_CHARS = 8_192  # longer text is cut before it is searched; the longest value that leaves has 1,000

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s<>\"]+")
_AT_DOMAIN = re.compile(r"@[\w-]+(?:\.[\w-]+)+")
_LOCAL = frozenset(".!$%'+^`{|}~_-")  # with letters and digits: what may stand before the @, but for URLs' delimiters
_WALLETS = re.compile(
    r"0[xX][0-9a-fA-F]{32,}"  # EVM addresses and hashes, Starknet, Sui, Aptos
    r"|0[xX][0-9a-fA-F]{3,}(?:\.{2,}|…)[0-9a-fA-F]{3,}"  # the shortened form of user interfaces
    r"|(?<![0-9A-Za-z])(?=[1-9]*[A-Za-z])[13r][1-9A-HJ-NP-Za-km-z]{29,34}(?![0-9A-Za-z])"  # Bitcoin, XRP
    r"|(?<![0-9A-Za-z])(?:bc|tb|ltc|addr|cosmos|osmo)1[02-9ac-hj-np-z]{11,}"  # bech32 (BIP 173)
    r"|(?<![0-9A-Za-z])[0-9a-fA-F]{40}(?![0-9A-Za-z])"  # an EVM address without its 0x
)
_BASE58 = re.compile(r"(?<![0-9A-Za-z])[1-9A-HJ-NP-Za-km-z]{32,90}(?![0-9A-Za-z])")  # Solana, Tron
_JWT = re.compile(r"(?<![\w-])eyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?")
_RUN = re.compile(r"[0-9A-Za-z_+=-]{32,}")
_MAYBE = re.compile(r"[@%…]|\.\.|://|[0-9A-Za-z_+=-]{14}")  # without any of these no shape is in a text
_PIECE = re.compile(r"[0-9A-Za-z]+")
_BROKEN_ESCAPE = re.compile(r"%[0-9A-Fa-f]?$")
_HIGH_BYTE = re.compile(r"%[89A-Fa-f][0-9A-Fa-f]")
_JOINER = "\u200d"
_VARIANTS = frozenset({"\ufe0e", "\ufe0f", *map(chr, range(0x1F3FB, 0x1F400))})


def mask(text: str, limit: int = MAX_CHARS) -> str:
    """Return the text, cut at ``limit``, with every URL in it masked as a URL, and the rest by shape."""
    return _mask(text[:limit], MAX_DEPTH)


def mask_url(url: str, limit: int = MAX_CHARS) -> str:
    """Return a URL, cut at ``limit``, without user info; path, query, fragment and nested URLs are masked."""
    return _mask_url(url[:limit], MAX_DEPTH)


def mask_public(text: str) -> str:
    """Mask only e-mail addresses: for values that are public by their name."""
    return _mask_emails(text[:MAX_CHARS])


def is_personal(text: str) -> bool:
    """Tell whether an id has the shape of an e-mail or a wallet address (a hash of 32 or 64 hex digits has not)."""
    wallet = _WALLETS.search(text) or any(_is_mixed(m[0]) for m in _BASE58.finditer(text))
    return "@" in text or bool(wallet)


def cut(text: str, limit: int) -> str:
    """Cut at ``limit`` characters, inside no percent escape, none of a character's escapes, no composed character."""
    if len(text) <= limit:
        return text
    while limit and _joins(text[limit - 1], text[limit]):
        limit -= 1
    return _without_half_character(_BROKEN_ESCAPE.sub("", text[:limit]))


def _joins(before: str, after: str) -> bool:
    """Tell whether two code points are shown as one character: accents, joined emoji, skin tones, variations."""
    return before == _JOINER or after == _JOINER or after in _VARIANTS or unicodedata.combining(after) > 0


def _without_half_character(text: str) -> str:
    """Take away escaped bytes at the end that begin a character (UTF-8) and do not finish it."""
    for count in (1, 2, 3):
        escape = text[len(text) - 3 * count :][:3]
        if not _HIGH_BYTE.fullmatch(escape):
            break
        byte = int(escape[1:], 16)
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return text[: -3 * count] if count < needed else text
    return text


def _mask(text: str, depth: int) -> str:
    if not _MAYBE.search(text):
        return text
    pieces = []
    end = 0
    for match in _URL.finditer(text):
        pieces += [_mask_plain(text[end : match.start()], depth), _mask_url(match[0], depth)]
        end = match.end()
    return "".join([*pieces, _mask_plain(text[end:], depth)])


def _mask_plain(text: str, depth: int) -> str:
    masked = _JWT.sub(MASK, text)
    masked = _mask_emails(masked) if "@" in masked else masked
    masked = _WALLETS.sub(MASK, masked)
    masked = _RUN.sub(lambda match: MASK if _is_token(match[0]) else match[0], masked)
    if "%" not in masked:
        return masked
    decoded = unquote(masked)
    if decoded == masked:
        return masked
    if depth == 0:
        return MASK
    inner = _mask(decoded, depth - 1)
    return masked if inner == decoded else quote(inner, safe="*/:?=&#@,;+ ")


def _mask_emails(text: str) -> str:
    """Mask each e-mail address, from its @ backwards: searching forwards takes time in the square of the length."""
    pieces = []
    end = 0
    for match in _AT_DOMAIN.finditer(text):
        start = match.start()
        while start > end and (text[start - 1].isalnum() or text[start - 1] in _LOCAL):
            start -= 1
        if start < match.start():
            pieces += [text[end:start], MASK]
            end = match.end()
    return "".join([*pieces, text[end:]]) if pieces else text


def _is_token(run: str) -> bool:
    """Tell a random string from a slug or a number: one long piece that mixes its characters."""
    pieces = _PIECE.findall(run)
    if any(len(piece) >= 32 and not piece.isdigit() and not _is_word(piece) for piece in pieces):
        return True
    return any(len(piece) >= 12 and _is_mixed(piece) for piece in pieces)


def _is_word(piece: str) -> bool:
    return piece.isalpha() and (piece.islower() or piece.isupper())


def _is_mixed(piece: str) -> bool:
    return bool(re.search("[0-9]", piece) and re.search("[a-z]", piece) and re.search("[A-Z]", piece))


def _mask_url(url: str, depth: int) -> str:
    if depth == 0:
        return MASK
    rest, hash_, fragment = url.partition("#")
    path, question, query = rest.partition("?")
    scheme, path = (match[0], path[match.end() :]) if (match := _SCHEME.match(path)) else ("", path)
    host, slash, path = path.partition("/")
    host = _mask_plain(host.rpartition("@")[2], depth)
    masked_path = "/".join(_mask_value(part, depth) for part in path.split("/"))
    tail = question + _mask_query(query, depth) + hash_ + _mask_fragment(fragment, depth)
    return f"{scheme}{host}{slash}{masked_path}{tail}"


def _mask_fragment(fragment: str, depth: int) -> str:
    """A fragment is a route with a query (``#/swap?…``), a query (``#access_token=…``) or a word."""
    route, question, query = fragment.partition("?")
    if not question and "=" in route:
        return _mask_query(route, depth)
    masked = "/".join(_mask_value(part, depth) for part in route.split("/"))
    return masked + question + _mask_query(query, depth)


def _mask_query(query: str, depth: int) -> str:
    return "&".join(_mask_pair(pair, depth) for pair in query.split("&"))


def _mask_pair(pair: str, depth: int) -> str:
    if not pair:
        return pair
    key, equals, value = pair.partition("=")
    plain = unquote_plus(key).strip().lower()
    if plain in OPEN_KEYS or plain.startswith(OPEN_KEY_PREFIX):
        text = unquote_plus(value)
        is_wallet = plain.startswith(OPEN_KEY_PREFIX) and _WALLETS.search(text)  # no token's contract is a campaign
        return f"{key}{equals}{MASK if is_wallet or mask_public(text) != text else value}"
    if param_rule(plain) == "drop" and value:
        return f"{key}{equals}{MASK}"
    return f"{_mask_value(key, depth)}{equals}{_mask_value(value, depth)}"


def _mask_value(value: str, depth: int) -> str:
    """Mask one path segment or query value; it stays byte for byte as it was when nothing is found."""
    if not _MAYBE.search(value):
        return value
    decoded = unquote(value)
    if "+" in decoded and ("@" in decoded or "%" in decoded):  # the "+" may belong to an e-mail address
        masked = _mask(decoded, depth - 1)
        if masked != decoded:
            return quote(_mask(masked.replace("+", " "), depth - 1), safe="*")
    decoded = unquote_plus(value)
    masked = _mask(decoded, depth - 1)
    return value if masked == decoded else quote(masked, safe="*")

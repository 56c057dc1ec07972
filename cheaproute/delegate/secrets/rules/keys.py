"""Private keys, whatever armour they wear, and hashes of passwords (pure)."""

from __future__ import annotations

import re

from cheaproute.delegate.secrets.rules import looks
from cheaproute.delegate.secrets.rules.blocks import Piece, Rule

_RULES = (
    Rule(
        "private key",
        "private secret putty openssh keyvalue",
        r"-{2,5} ?BEGIN [A-Z0-9 ]{0,40}(?:PRIVATE|SECRET)[ -]{1,2}KEY|"
        r"PRIVATE[ -]KEY(?:[ -]BLOCK)?(?: -|-{2,})|PuTTY-User-Key-File-\d|Private-(?:Lines|MAC):|"
        r"SSHCOM PRIVATE|BEGIN OPENSSH PRIVATE|openssh-key-v1|<(?:RSA|DSA|EC)KeyValue>.{0,4000}<D>|"
        r"untrusted comment: [a-z ]{0,40}secret key|BEGIN [A-Z ]{1,40}(?:PRIVATE|SECRET) KEY",
        re.IGNORECASE | re.DOTALL,
    ),
    Rule(
        "private key",
        "openvpn ed25519v1-secret private-key privateexponent: coefficient: prime1: priv:",
        r"-BEGIN OpenVPN Static key|== ed25519v1-secret|\((?:protected-|shadowed-)?private-key \(|"
        r"\b(?:privateExponent|exponent[12]|coefficient|prime[12]|priv):\s{0,80}(?:[0-9a-f]{2}:){8}",
    ),
    Rule("age key", "age-", r"AGE-(?:SECRET-KEY|PLUGIN-[A-Z0-9]+)-1?[0-9A-Z]{20,}", re.IGNORECASE),
    Rule(
        # The first bytes of keys in base64: PEM, OpenSSH, PKCS#1 and #8, SEC1, OpenPGP's.
        "encoded private key",
        "ls0tls1crudjti b3blbnnzac1rzxktdje mii mhccaqee migha mc4caq migka mihua lq",
        r"LS0tLS1CRUdJTi(?!BDRVJUSUZJQ0FUR|BQVUJMSUMg|BQR1AgUFVC|BYNTA5)[A-Za-z0-9+/]{4,}|b3BlbnNzaC1rZXktdjE|"
        r"(?<![A-Za-z0-9+/])(?:MII[A-Za-z][A-Za-z0-9+/][AQgw]IBA[AD]|"
        r"MII[A-Za-z0-9+/]{4,12}BgkqhkiG9w0BBQ|"
        r"(?:MHcCAQEEI|MIGHAgEAM|MC4CAQAwBQYDK2Vw|MIGkAgEBBD|MIHuAgEAM)[A-Za-z0-9+/]{20,}|"
        r"lQ(?:OY|PG|HY|WG|dG|cY|H\+|VY)BG[A-Za-z0-9+/]{50,})",
    ),
    Rule(
        "JSON web key",
        "kty",
        r"[\"']kty[\"']\s*:\s*[\"'](?:RSA|EC|OKP|oct)[\"'].{0,3000}?[\"'][dk][\"']\s*:\s*[\"']"
        r"[\w-]{16,}|^\s{0,8}kty:.{0,3000}^\s{0,8}[dk]:\s{0,4}[\w-]{16,}|[\"'][dk][\"']\s*:\s*[\"'][\w-]{16,}[\"'].{0,3000}?[\"']kty[\"']",
        re.DOTALL | re.MULTILINE,
    ),
    Rule(
        "JSON web signature",
        "signature",
        r"[\"'](?:payload|protected)[\"']\s*:\s*[\"']ey[\w-]{8,}.{0,4000}[\"']signature[\"']\s*:",
        re.DOTALL,
    ),
    Rule(
        "WireGuard key",
        "privatekey presharedkey",
        r"(?:PrivateKey|PresharedKey)\s*=\s*[A-Za-z0-9+/]{42,43}=?",
    ),
    Rule(
        "wallet key",
        "prv s nsec1",
        r"(?<![A-Za-z0-9+/_\-.])(?:[xyzXYZtuv]prv[1-9A-HJ-NP-Za-km-z]{70,}|S[A-D][A-Z2-7]{54}|"
        r"nsec1[02-9ac-hj-np-z]{58})(?![A-Za-z0-9+/=_\-])",
    ),
    Rule(  # in base64, too, so only beside its name
        "wallet key",
        "wif bitcoin wallet privkey dumpprivkey priv btc",
        r"(?<![A-Za-z0-9+/_\-.])(?:5[HJK][1-9A-HJ-NP-Za-km-z]{49}|[KL][1-9A-HJ-NP-Za-km-z]{51})"
        r"(?![A-Za-z0-9+/=_\-])",
    ),
    Rule(
        "wallet key",
        "private secret privkey accounts",
        r"\baccounts\s?:\s?\[\s{0,8}[\"'`]0x[0-9a-fA-F]{64}[\"'`]|"
        r"\b(?:private|secret|priv)[ _-]?(?:key|seed)s?\b[^0-9a-f]"
        r"(?:(?!sha\d|digest|checksum|hash).){0,200}?(?<![0-9a-fA-F])(?:0x)?"
        r"[0-9a-fA-F]{64}(?![0-9a-fA-F])|(?<![0-9a-fA-F])[0-9a-fA-F]{64}(?![0-9a-fA-F])[^\n]{0,20}"
        r"\b(?:private|secret|priv)[ _-]?(?:key|seed)\b",
        re.IGNORECASE | re.DOTALL,
    ),
    Rule(
        "wallet key",
        'pk= pk: pk" sk= sk: sk" priv= priv: priv" seed= seed: seed" secret= secret: secret"',
        r"(?<!checksum/)\b(?:pk|sk|priv|seed|secret)[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:0x)?[0-9a-fA-F]{64}(?![0-9a-fA-F])",
        re.IGNORECASE,
    ),
    Rule(
        "a wallet's file",
        "cipherparams keypair",
        r"\"cipherparams\".{0,600}\"(?:kdf|mac)\"|\"(?:kdf|mac)\".{0,600}\"cipherparams\"",
        re.DOTALL,
    ),
    Rule(
        "keys of a TLS session",
        "client_ server_ exporter_",
        r"\b(?:CLIENT|SERVER|EXPORTER)_(?:RANDOM|HANDSHAKE\w*|TRAFFIC\w*|SECRET\w*) [0-9a-f]{64} ",
    ),
    Rule(
        "password hash",
        "'* :lct- pmk",
        r"[\"']\*[0-9A-F]{40}[\"']|:[0-9A-FX]{32}:[0-9A-F]{32}:\[[A-Z ]{1,12}\]|"
        r"\bPMK\b[^\n]{0,40}:(?: [0-9a-f]{2}){16}",
    ),
    Rule("a PIN", "pin puk", r"\b(?:PIN|PUK|Pin|pin)\d?[ \t]{0,2}[:=][ \t]{0,3}[\"']?\d{4,8}\b"),
    Rule("a recovery key", "-", r"(?<![\d\-])\d{6}(?:-\d{6}){7}(?![\d\-])"),
    Rule("vault file", "$ansible_vault enc[", r"\$ANSIBLE_VAULT;|\bENC\[(?:AES256_GCM|PKCS7),"),
    Rule(
        "password hash",
        "$ pbkdf2 scrypt argon2 bcrypt {plain {clear {ss {sha {sm {crypt :::",
        r"\$(?:2[abxy]|\d{1,2}|y|gy|krb5\w{2,12}|apr1|sha1|argon2(?:id|i|d)|scrypt|pbkdf2[\w-]*|bcrypt-sha256)"
        r"\$(?:[^\s$:,\"']{1,60}\$){0,4}[./A-Za-z0-9+]{13,}|"
        r"(?:pbkdf2(?:_sha\d+)?|scrypt|argon2|bcrypt)[$:][^\s,\"']{8,80}[$:][^\s,\"']{16,}|"
        r"\{(?:PLAIN|CLEAR(?:TEXT)?)\}[^\s:]{4,}|"
        r"\{(?:SSHA|SHA|SMD5|CRYPT|SSHA\d{3})\}[A-Za-z0-9+/=$.]{16,}|"
        r":[0-9a-f]{32}:[0-9a-f]{32}:::|SCRAM-SHA-\d+\$\d+:|"
        r"\$krb5[a-z]{2,8}\$\d{1,3}\$\S{20,}|"
        r"::[^:\s]{1,64}:[0-9a-f]{16,32}:[0-9a-f]{32,48}:[0-9a-f]{16,}",
        re.IGNORECASE,
    ),
)


_LIST = re.compile(r"[\[({]\s{0,8}(?:(?:0[xX][0-9a-fA-F]{1,2}|\d{1,3})\s{0,8},\s{0,8}){15,4000}+")
_NAMED = re.compile(
    r"(?:key|seed|secret|private)\w{0,20}[\"']?\s{0,4}(?::?=|:)[^\n=;]{0,40}\Z", re.IGNORECASE
)
_PAIR = 63  # commas between so many bytes at random, as some wallets keep a pair of keys
_WIF = re.compile(
    r"(?<![A-Za-z0-9+/_\-.=])(?:5[HJK][1-9A-HJ-NP-Za-km-z]{49}|[KL][1-9A-HJ-NP-Za-km-z]{51}|"
    r"6P[1-9A-HJ-NP-Za-km-z]{56})(?![A-Za-z0-9+/=_\-])"
)


def find(piece: Piece) -> str:
    """The kind of private key in `piece`, "" if there is none."""
    found = next((rule.kind for rule in _RULES for _ in rule.finds(piece)), "")
    if found or any(looks.random(one[0], 40, 8.0) for one in _WIF.finditer(piece.text)):
        return found or "wallet key"
    return next(filter(None, (_bytes(one) for one in _LIST.finditer(piece.text))), "")


def _bytes(found: re.Match[str]) -> str:
    """Which key is a list of bytes, "" if none: by its name, or all over what bytes can be."""
    if _NAMED.search(found.string[max(0, found.start() - 80) : found.start()]):
        return "a key as a list of bytes"
    numbers = [int(number) for number in re.findall(r"\d+", found[0])]
    drawn = len(numbers) == _PAIR and max(numbers) < 256 and len(set(numbers)) > 44
    return "a pair of keys in bytes" if drawn and sum(n > 127 for n in numbers) > 15 else ""

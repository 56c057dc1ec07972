"""Credentials in lines of commands, devices, connections and wallets; and what is none."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Callable

import pytest

from cheaproute.delegate.secrets import scan
from cheaproute.delegate.secrets.wordlists import bip39

LOG = "2026-11-25 10:00:00 INFO request 12 served in 12 ms\n" * 9
RNG = random.Random(18)
LETTERS = string.ascii_letters + string.digits


def word(size: int, letters: str = LETTERS) -> str:
    """A draw."""
    return "".join(RNG.choices(letters, k=size))


def password() -> str:
    """One as people are asked for."""
    return word(4) + RNG.choice("!#%&*") + word(6) + "9x"


def phrase(size: int = 12) -> list[str]:
    """A wallet's words."""
    return RNG.sample(sorted(bip39.WORDS), size)


def digits(size: int) -> str:
    """A number."""
    return word(size, string.digits)


LINES: dict[str, Callable[[], str]] = {
    "mysql, quoted": lambda: f"mysqldump -u root -p'{password()}' db",
    "ldap": lambda: f"ldapsearch -x -D cn=admin,dc=x -w {password()}",
    "smb": lambda: f"smbclient //s/x -U bob%{word(12)}",
    "rdp": lambda: f"xfreerdp /v:h /u:bob /p:{password()}",
    "openssl": lambda: f"openssl rsa -passin pass:{word(9, string.ascii_lowercase)}",
    "keytool": lambda: f"keytool -storepass {word(9)}1 -keypass {word(8)}2",
    "zip": lambda: f"zip -P {password()} a.zip b",
    "7z": lambda: f"7z x -p{word(12)} a.7z",
    "ipmi": lambda: f"ipmitool -I lanplus -H h -U admin -P {password()} power on",
    "snmp": lambda: f"snmpwalk -v3 -u bob -A {password()} h",
    "chpasswd": lambda: f"echo 'root:{password()}' | chpasswd",
    "expect": lambda: f'spawn ssh h\nexpect "assword:"\nsend "{password()}\\r"',
    "wifi": lambda: f"nmcli dev wifi connect home password {word(10)}",
    "a variable before": lambda: f"PGPASSWORD={word(8, string.ascii_lowercase)} psql -h db",
    "sshpass": lambda: f"SSHPASS={password()} sshpass -e ssh h",
    "a router's, type 7": lambda: f"username admin password 7 {word(20, '0123456789ABCDEF')}",
    "a community": lambda: f"snmp-server community {word(12)} RW",
    "radius": lambda: f"radius-server host 1.1.1.1 key {word(14)}",
    "ipsec": lambda: f'%any : PSK "{word(20)}"',
    "chap": lambda: f"bob * {word(11)}7x *",
    "netrc with an account": lambda: f"machine h login bob account x password {password()}",
    "netrc without a login": lambda: f"machine h password {password()}",
    "odbc": lambda: f"Driver={{x}};Server=s;Uid=sa;Pwd={{{password()}}}",
    "oracle": lambda: f"sqlplus scott/{word(9)}@orcl",
    "jdbc": lambda: f"jdbc:oracle:thin:scott/{word(9)}@//h:1521/x",
    "without a scheme": lambda: f"using app:{password()}@db.internal:5432/orders",
    "a driver's": lambda: f"dsn: root:{word(12)}@tcp(10.0.0.1:3306)/app",
    "slashes escaped": lambda: f'"dsn":"postgres:\\/\\/app:{word(12)}@db\\/orders"',
    "an odd scheme": lambda: f"my_proto://default:{word(10)}@h:9440/db",
    "an empty user": lambda: f"authorization: Basic {word(6)}",
    "aws, by its table": lambda: f"|  SecretAccessKey |  {word(38)}/+  |",
    "aws, no name": lambda: f"prod-deploy   {word(20)}/{word(18)}+",
    "aws, a session": lambda: f"got IQoJb3JpZ2luX2Vj{word(200)} ok",
    "google's hmac": lambda: f"GOOG1E{word(55, string.ascii_uppercase)}",
    "terraform": lambda: f'"result": "{word(24)}", "override_special": null',
    "in bold": lambda: f"**Password:** {word(9)}7x",
    "a name of two words": lambda: f"private key: 0x{word(64, '0123456789abcdef')}",
    "keys below a title": lambda: (
        f"Private Keys\n============\n(0) 0x{word(64, '0123456789abcdef')}"
    ),
    "openssl's text": lambda: "privateExponent:\n    " + ":".join(["d3"] * 15) + ":\n",
    "gnupg": lambda: "(private-key (ecc (curve Ed25519)(q #40AB#)(d #40AB#)))",
    "openvpn": lambda: "-----BEGIN OpenVPN Static key V1-----\n020cd5b685aede37\n",
    "a key in YAML": lambda: f"kty: RSA\nn: {word(80)}\nd: {word(80)}",
    "a signature's parts": lambda: (
        f'{{"protected": "eyJhbGciOiJIUzI1NiJ9", "payload": "x", "signature": "{word(43)}"}}'
    ),
    "ethereum's file": lambda: '{"cipherparams": {"iv": "00"}, "kdf": "scrypt", "mac": "00"}',
    "solana's file": lambda: str(list(RNG.randbytes(64))),
    "bytes by their name": lambda: (
        f"var signingKey = []byte{{{str(list(RNG.randbytes(32)))[1:-1]}}}"
    ),
    "wif": lambda: (
        "importing K" + word(51, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstu")
    ),
    "kerberos": lambda: f"$krb5asrep$23$bob@X.ORG:{word(32, '0123456789abcdef')}$00",
    "a phrase": lambda: " ".join(phrase()),
    "a phrase by lines": lambda: "\n".join(f"{n}. {one}" for n, one in enumerate(phrase(), 1)),
    "a phrase in JSON": lambda: json.dumps({"words": phrase(24)}, indent=2),
    "a phrase in capitals": lambda: " ".join(phrase()).upper(),
    "a phrase with dashes": lambda: "-".join(phrase()),
    "a phrase in a table": lambda: " | ".join(f"{n} {one}" for n, one in enumerate(phrase(), 1)),
    "bitlocker": lambda: "-".join(digits(6) for _ in range(8)),
    "a seed in groups": lambda: (
        "Enter this code: "
        + " ".join(word(4, "abcdefghijklmnopqrstuvwxyz234567") for _ in range(8))
    ),
    "asked at a prompt": lambda: f"[sudo] password for bob: {password()}",
    "told in a chat": lambda: f"hey the db password is {password()} pls don't share",
    "told in German": lambda: f"Das Passwort lautet {password()}",
    "told in Spanish": lambda: f"la contrase\xf1a es: {password()}",
    "told in Russian": lambda: f"\u043f\u0430\u0440\u043e\u043b\u044c: {password()}",
    "told in Polish": lambda: f"has\u0142o: {password()}",
    "a pass to something": lambda: f"ansible_become_pass={word(9, string.ascii_lowercase)}",
    "bytes in Python": lambda: f"app.secret_key = b'{word(8)}7x'",
    "an environment in YAML": lambda: f"- name: DB_PASSWORD\n  value: {word(9)}",
    "a mask": lambda: f"::add-mask::{word(24)}",
    "a secure string": lambda: f'ConvertTo-SecureString "{password()}" -AsPlainText',
    "slash pass": lambda: f"cmdkey /add:h /user:bob /pass:{password()}",
    "a share of Windows": lambda: f"net use Z: \\\\s\\x {password()} /user:bob",
    "a form": lambda: f'Content-Disposition: form-data; name="password"\n\n{word(10)}\n',
    "imap": lambda: f'a1 LOGIN bob "{password()}"',
    "an argument": lambda: f'DriverManager.getConnection(url, "sa", "{word(9)}")',
    "of TLS": lambda: f"CLIENT_RANDOM {'ab' * 32} {'cd' * 48}",
    "an archive of keys": lambda: "MIIKWQIBAzCCCh8GCSqGSIb3DQEHAYhrQz2IIIEjXPJ8A04SzfiAO66N",
    "codes in two columns": lambda: (
        "BACKUP CODES\n"
        + "\n".join(
            f"{n}. {digits(4)} {digits(4)}   {n + 1}. {digits(4)} {digits(4)}" for n in (1, 3, 5)
        )
    ),
    "htpasswd": lambda: f"htpasswd -cb .users bob {word(9)}7x",
    "vault": lambda: f"vault kv put secret/app value={word(19)}7",
    "kubectl": lambda: f"kubectl create secret generic x --from-literal=db={word(9)}7",
    "aws, configured": lambda: f"aws configure set aws_secret_access_key {word(39)}/",
    "a block in YAML": lambda: f"  db_password: |-\n    {word(8)}7x\n  user: bob",
    "a list of properties": lambda: f"<key>apiSecret</key>\n\t<string>{word(20)}7x</string>",
    "a profile of a network": lambda: f"<keyMaterial>{word(9)}7x</keyMaterial>",
    "a statement that sets it": lambda: f"SET PASSWORD FOR 'a'@'%' = PASSWORD('{word(8)}7x')",
    "ldap, bound": lambda: f"bindpw {word(8)}7x",
    "nickserv": lambda: f"/msg NickServ IDENTIFY bob {word(8)}7x",
    "redis, by words": lambda: f'"AUTH" "default" "{word(9)}7x"',
    "a pair": lambda: f"requests.get(url, auth=('bob', '{word(9)}7x'))",
    "a pair of a session": lambda: f"session.auth = ('bob', '{word(9)}7x')",
    "basic, by a class": lambda: f'HTTPBasicAuth("bob", "{word(9)}7x")',
    "a call that logs in": lambda: f'client.login("bob@x.org", "{word(9)}7x")',
    "a pass in words": lambda: f"user admin pass {word(10, string.ascii_lowercase)}7x2",
    "a cookie in JSON": lambda: f'{{"name": "connect.sid", "value": "s%3A{word(40)}"}}',
    "an output of Terraform": lambda: (
        f'"db": {{"value": "{word(14)}7x", "type": "string", "sensitive": true}}'
    ),
    "a row of a table": lambda: f"| acme | api key | {word(30, string.ascii_lowercase)}7x |",
    "credentials for": lambda: f"loaded credentials for acme: {word(29)}7x",
    "a secret set by a tool": lambda: f"gh secret set ACME_KEY -b {word(20)}",
    "words between": lambda: f"# acme key (do not commit): {word(28, string.ascii_lowercase)}7x",
    "set by a call": lambda: f"setSecret('ACME_KEY', '{word(28, string.ascii_lowercase)}7x')",
    "set by a word": lambda: f"flyctl secrets set ACME={word(28, string.ascii_lowercase)}7x",
    "behind a digit": lambda: f"10:00:0sk-ant-api03-{word(93)}",
    "behind letters": lambda: f"keyglpat-{word(20)}",
    "a login, a password": lambda: f"login: admin / {word(10, string.ascii_lowercase)}7x",
    "told in French": lambda: f"mot de passe : {word(8)}7x",
    "told in Turkish": lambda: f"\u015fifre: {word(8)}7x",
    "told in Greek": lambda: f"\u03ba\u03c9\u03b4\u03b9\u03ba\u03cc\u03c2: {word(8)}7x",
    "told in Ukrainian": lambda: f"\u0433\u0430\u0441\u043b\u043e: {word(8)}7x",
    "told in Hebrew": lambda: f"\u05e1\u05d9\u05e1\u05de\u05d4: {word(8)}7x",
    "told in Korean": lambda: f"\uc554\ud638: {word(8)}7x",
    "codes in JSON": lambda: json.dumps({"backup_codes": [digits(8) for _ in range(8)]}),
}


@pytest.mark.parametrize("kind", LINES)
def test_a_credential_is_seen(kind: str) -> None:
    """Between the lines of a log."""
    RNG.seed(kind)
    for _ in range(2):
        made = LINES[kind]()
        assert scan.find(f"{LOG}{made}\n{LOG}", 20), made


OTHERS = """\
error: package npm:left-pad@1.3.0 not found, see workspace:core@2.0.0/docs
image registry.internal:5000/app:v1.2.3@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c
clone git@github.com:org/repo.git, mail bob@example.org, uses actions/checkout@v4
10:00:00 user@host.internal:22 connected, at Object.<anonymous> (app.js:12:5)
[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]
the private keys of objects are sorted, the secret key name is db, the key that will open them
public keys: 3, primary key: id, sort key: created_at
unzip -o a.zip, snmpwalk -v2c -c public h, ldapsearch -x -b dc=x, openssl rsa -in k
1 apple, 2 pears, 3 cherries and four more things that nobody has counted so far this year
your password must have 8 letters, see https://example.org/Reset?Id=12
login failed for Bob@example.org
name: worker
value: 12, define('DB_HOST', 'localhost'), connect("localhost", "3306"), net use Z: /delete
s3_key: uploads/a1/photo.jpg, "message.key": "1d3a", "request.id": "lBReM9bF5Xl9iE6HSPpXOB"
the tokens of a-rather-long-name-of-a-branch, key up: handleKeyboardEventListener
login("bob", "page"), auth=(user, password), the pass over the tree took 12ms, value: |
  a block of text, <key>CFBundleName</key> <string>Demo</string>, htpasswd -b is asked for
backup codes are shown once; 20 users have 8 left, 113 have none
"""


def test_what_only_looks_like_one_is_digested() -> None:
    """Versions, tags, addresses, numbers, talk."""
    assert [line for line in OTHERS.splitlines() if scan.find(LOG + line, 20)] == []
    assert scan.find(LOG + OTHERS, 20) == ""

"""What people write to each other, and what a value beside a word for a secret is not."""

from __future__ import annotations

import random

import pytest

from cheaproute.delegate.secrets import scan

_RNG = random.Random(31)
HUMAN = _RNG.choice(("Tiger", "Kaffee", "Lisboa")) + str(_RNG.randint(1_000, 9_999)) + "!"
PLAIN = _RNG.choice(("Winter", "Soleil")) + str(_RNG.randint(1_960, 2_030))
WORDS = " ".join(_RNG.sample(["river", "bucket", "lantern", "thread", "copper", "marble"], 4))
UUID = "f80cd8c4-c7e5-4db7-9022-1033c3771c7f"
DIGEST = _RNG.randbytes(32).hex()
PIN = str(_RNG.randint(2_100, 9_999))


@pytest.mark.parametrize(
    "text",
    [
        f"[10:12] anna: what is the db password again?\n[10:13] bo: wait\n[10:14] bo: {PLAIN}",
        f"<anna> whats the root pw?\n<bo> {PLAIN}",
        f"Your new password:\n\n    {HUMAN}\n",
        f"as promised the sftp pass:\n\n    {PLAIN}#\n\nPlease delete this mail.",
        f"your account is ready. You log in as lea.k with\n\n  {HUMAN}\n\nPlease change it.",
        f"Sign in with:\n\n    anna\n    {HUMAN}\n",
        f"host,port,login,phrase\ndb1,5432,app1,{HUMAN}\ndb2,5432,app2,x{HUMAN}\n",
        f"|User|Site|Word|\n|anna|one|{HUMAN}|\n|bo|two|q{HUMAN}|\n",
        f"> here is the api key::\n>\n>     {DIGEST[:32]}\n>\n> Bye",
        f"Asana access token (mine):\n\n`{UUID}`\n",
        f'private const string SftpPass = @"{PLAIN}";',
        f'NSString *apiSecret = @"{DIGEST[:32]}";',
        f'let db_password: &str = r#"{PLAIN}"#;',
        f"SET @smtp_password = N'{PLAIN}'",
        f"### Credentials\n\n```\nanna\n{HUMAN}\n```",
        f"new pw for anna = {PLAIN}",
        f"pw\u2192{PLAIN}",
        f"Le mot de passe est \u00ab {PLAIN} \u00bb",
        f"\u30d1\u30b9\u30ef\u30fc\u30c9\u306f\u300c{PLAIN}\u300d\u3067\u3059",
        f"Password di accesso {PLAIN}",
        f"username anna privilege 15 secret 0 {PLAIN}",
        f"db1.example.com (anna/{PLAIN})",
        f"(anna, {HUMAN}) is the admin login",
        f"anna : {PLAIN}   <- login for db1",
        f"Panel: https://db1.example.com/admin, log in as anna with {HUMAN}",
        f"u: anna\np: {PLAIN}",
        f'auth: ["anna", "{PLAIN}"]',
        f"credentials:\n  - anna\n  - {PLAIN}",
        f'["username", "password"]\n["anna", "{PLAIN}"]',
        f"lftp -u anna,{PLAIN} db1.example.com",
        f"pgp_sym_decrypt(data, '{HUMAN}')",
        f'ks.load(in, "{PLAIN}".toCharArray());',
        f'pw = os.environ.get("APP_PW") or "{PLAIN}"',
        f"WLAN-Schl\u00fcssel: {_RNG.randint(10**19, 10**20)}",
        f"passphrase: {WORDS}",
        f"PIN for the alarm: {PIN}",
        f"! user !! password\n|-\n| anna || {PLAIN}",
        f"ID;Zugangscode\nanna;{PLAIN}",
        f"door code {PIN}#",
        "l\u00f6senordet \u00e4r kaffeexport2?",
        "pw is fIcIlrwRrg",
        f"// TODO remove: codecov token {UUID}",
        f"os.environ['ASANA_PAT'] = '2/5034685639735922/6695924966216972:{DIGEST[:32]}'",
        f"device,imei,pin\nphone,35{_RNG.randint(10**12, 10**13)},{PIN}",
        "password: %aQ7x" + PLAIN,
        f"password: Changeme{_RNG.randint(10, 2_030)}!",
    ],
)
def test_a_password_where_no_notation_is(text: str) -> None:
    """Questions and answers, pairs, phrases, numbers, and what begins like a placeholder."""
    assert scan.find(f"all is well\n{text}\nso it is\n")


@pytest.mark.parametrize(
    "text",
    [
        'pod/invoice-2e01c984b9-6c45b  MountVolume failed for "a-token-gcdfd" : secret "b-tls"',
        "  secret_version integer DEFAULT 1,\n  reset_token varchar(40),",
        f'"x-github-delivery": "{UUID}"',
        '+ secret_id     = "arn:aws:secretsmanager:eu-west-1:420994687019:secret:a-rBaKps"',
        f"    secretKeys:\n    digest: sha256:{DIGEST}",
        f"    checksum/secret: {DIGEST}",
        "DATABASE_URL=postgres://user:password@localhost:5432/app",
        "this.headers = { Authorization: `Bearer ${token}` };",
        "Use `Authorization: Bearer <token>` for each request.",
        '\t\treturn nil, ErrInvalidPassword4\n\treq.Header.Set("Authorization", "Bearer "+token)',
        "Shared credentials are forbidden; see CIS-5.2 and NIST SP800-63B.",
        "invalid token\noC_gYNU4",
        "   4: gateway::auth::password::verify::h65e895ad6c9d8466",
        f"`password`,`salt`,`token` WHERE `etag`='{DIGEST[:32]}';",
        '<input type="password" :class="{ \'is-invalid\': errors.password }">',
        'var secret = Configuration["Jwt:Secret"];',
        f"UID:{UUID}@build9.invoice.internal",
        "    update_password: on_create",
        "      MasterUserPassword: !Sub '{{resolve:secretsmanager:${Secret}:SecretString}}'",
        "secret: !vault_ref kv/billing",
        "password is sha256",
        'if(!h.key&&"menu"===e.token.type)throw Error("a b");A.b={c:"timeout_p9cjc",driver:5}',
        f"The commit id of the token store:\n\n    {DIGEST[:40]}\n",
        "Resetting a password:\n\nhttps://app.example.com/reset\n\nDone:\n\n    make_token(user1)",
        "class Token:\n\n    expires_at\n\nif secret:\n\n    return\n",
        'token = f"{first}-{second}"\npassword = @"{0}"\nkey = b"abc"',
        "the password is required",
        "caBundle: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t",
    ],
)
def test_what_is_said_of_one(text: str) -> None:
    """Names, hashes, references and code beside a word for a secret are none."""
    assert scan.find(f"all is well\n{text}\nso it is\n") == ""

"""Names taken apart into words, and which words say that a value is a secret (hot path, pure).

`userPasswords2`, `DB_PASSWORD` and `dbpassword` say the same; `tokenizer` and `max_tokens` do not.
"""

from __future__ import annotations

import re

# A password elsewhere, as `plain` writes it.
ABROAD = (
    "hasl hesl salasana losenord senha adgangskode jelszo \u043fapo\u043b "
    "\u5bc6\u7801 \u5bc6\u78bc \u30cf\u30b9\u30ef\u30fc\u30c8 \ube44\ubc00\ubc88\ud638 "
    "sifre parola parool lozink slaptazod passworter passwoerter motsdepasse "
    "\u043fapo\u043ba \u0433ac\u043bo \u043bo\u0437\u0438\u043d\u043a "
    "\u03ba\u03c9\u03b4i\u03bao\u03c2 \u05e1\u05d9\u05e1\u05de\u05d4 "
    "\u0627\u0644\u0645\u0631\u0648\u0631 \u0639\u0628\u0648\u0631 "
    "\u0e23\u0e2b\u0e2a\u0e1c \uc554\ud638 \u53e3\u4ee4 \ube44\ubc88 \u6697\u8a3c\u756a\u53f7 "
    "kodeord lykilor zaporka pasahitz fjalekalim katalaluan katasandi matkhau "
    "\u03c9\u03b4i\u03ba \u092a\u0938\u0935\u0930 \u092a\u093e\u0938\u0935\u0930 "
    "\u0e23\u0e2b\u0e31\u0e2a "
    "\u10de\u10d0\u10e0\u10dd\u10da "
    "geslo sifra contrasinal cyfrinair pasfhocal nenosiri wagwoord palavrapasse "
    "\u0627\u0644\u0633\u0631 \u0648\u0631\u0688 "
    "\u09aa\u09be\u09b8\u0993\u09af\u09be\u09b0\u09a1 "
    "\u0b95\u0b9f\u0bb5\u0bc1\u0b9a\u0b9a\u0bca\u0bb2 "
    "\u03c3\u03c5v\u03b8\u03b7\u03bca\u03c4i\u03ba \u049b\u04b1\u043f\u0438\u044fc\u04e9\u0437 "
    "\u901a\u884c\u7801 \u5408\u8a00\u8449 "
    "\u0915\u0942\u091f\u0936\u092c\u0926 \u12ed\u1208\u134d \u0997\u09cb\u09aa\u09a8 "
    "\u1796\u17b6\u1780\u1799\u179f\u1798\u1784\u17b6\u178f\u17cb "
    "\u1005\u1000\u102c\u1038\u101d\u103e\u1000 \u043dyy\u0446 "
    "iphasiwedi pasword pssword psswd passwrd "
    "\u0563\u0561\u0572\u057f\u0576\u0561\u0562\u0561\u057c"
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")

# Parts of a name that make it a secret's wherever they stand, glued to others or not.
STEMS = (
    "password passwd passwort kennwort passphrase passcode contrasen motdepasse wachtwoord secret "
    "credential apikey accesskey privatekey privkey secretkey authkey authtoken accesstoken "
    "refreshtoken sessiontoken bearertoken bottoken idtoken clientsecret signingkey encryptionkey "
    "masterkey sharedkey accountkey storagekey hmackey deploykey licensekey licencekey rootkey "
    "servicekey personalaccesstoken webhooksecret connectionstring connstr seedphrase mnemonic "
    "recoverycode backupcode recoveryphrase recoverykey sshkey subscriptionkey consumerkey "
    "functionkey appkey adminkey userkey integrationkey ingestkey writekey storepass keypass "
    "zugangscode zugangsdaten keymaterial aeskey deskey cipherkey cryptokey datakey sshpass "
    "dbpass userpass rootpass bindpass bindpw rootpw adminpw userpw dbpw bindcred defaultauthtok "
    "validationkey decryptionkey adminpass sudopass ftppass smtppass userpwd"
    f" {ABROAD}"
).split()
# Words that do so as a whole word only.
_WHOLE = frozenset(
    "pwd pass passe pw pswd passw pin psk otp totp creds cred token tokens bearer jwt secrets pat "
    "requirepass authorization auth apitoken usertoken oauthtoken cookie cookies passkey".split()
)
# `token` glued to another word: `githubtoken`, `tokenvalue`; not `tokenizer`, not `tokenize`.
_GLUED_TOKEN = re.compile(r"tokens?(?!i[sz])(?!ion)")

# What stands behind a secret's name and makes it something about the secret, not the secret.
_ABOUT = frozenset(
    "type types count counts counter limit limits used usage expires expiry expiration expire "
    "expired ttl age name names url uri path file files filename dir length len size field fields "
    "format policy reset changed updated created at date time timestamp status state error errors "
    "valid invalid required enabled disabled version prefix suffix issuer scope scopes endpoint "
    "provider manager service store storage rotation rotated strength hint label index ids budget "
    "rate max min total method mode algorithm alg source sources sha checksum fingerprint helper "
    "generator validator checker parser reader config settings options attempts retries failures "
    "events id arn ref header headers exists present ok match matches result results login page "
    "form input column table bucket per remaining left server broker module plugin middleware "
    "func callback handler factory class controller model view cmd command list set map group "
    "groups role roles user users required optional title text message description placeholder "
    "visible hidden".split()
)
# What stands before a weak word and makes it something else: `max_tokens`, `primary_key`.
_BEFORE = frozenset(
    "max min num n total input output prompt completion cached cache reasoning avg mean next prev "
    "previous page cancellation continuation pagination resume sync cursor count used remaining "
    "start stop end eos bos pad unk mask sep cls special stream lex syntax punctuation by per "
    "tokens text thinking budget public primary foreign partition sort shard routing idempotency "
    "dedup group message object row composite unique index map hash translation hot range "
    "first last no missing invalid expired new old unknown with without fencing".split()
)
# What a password opens: `become_pass` is one, `second_pass` is a pass over something.
_OPENED = frozenset(
    "db become default admin root user ssh sudo my smtp ftp mail imap auth login http proxy redis "
    "mysql pg postgres mongo vpn wifi key store host web app api sql rabbit ldap bind".split()
)
_VALUE = frozenset("value val data raw string str text key b base code header id secret".split())
_WEAK = frozenset("token tokens auth pass pw pin cookie cookies pat authorization".split())


# What names a value that opens nothing.
HARMLESS = frozenset(
    "id ids hash sha md sum checksum integrity etag digest fingerprint uuid guid trace span "
    "request rev revision version url uri path file host hostname time date timestamp size commit "
    "ref image tag cursor mail email name user username mappings class style src href resolved "
    "h address addr ip arn region type kind label title location model browser agent".split()
)

# What is done with one, or asked about it: the value is a choice more often than a password.
_DONE = frozenset("update reset change forgot show hide is has require requires need needs".split())


def split(name: str) -> list[str]:
    """The words of `name`, in lower case, digits and signs dropped."""
    return [word.lower() for word in _WORD.findall(name)]


def secret(name: str) -> str:
    """How sure it is that `name` names a secret: `strong`, `weak`, or "" if it does not."""
    words = split(name)
    if not words or words[-1] in _ABOUT:
        return ""
    glued = "".join(words)
    if any(stem in glued for stem in STEMS):
        return "weak" if words[0] in _DONE and len(words) > 1 else "strong"
    found = [word for word in words if word in _WHOLE]
    if not found:
        return "weak" if _GLUED_TOKEN.search(glued) and len(words) < 3 else ""
    place = words.index(found[0])
    if found[0] in ("pass", "pw") and (
        (len(words) > 1 and name.isupper())
        or (place and words[-1] == found[0] and words[place - 1] in _OPENED)
    ):
        return "strong"  # a variable of an environment
    if found[0] in _WEAK:
        after = words[place + 1 :]
        if after and after[0] not in _VALUE and not set(after) & _WHOLE:
            return ""  # `auth-session`, `token bucket`: about something else
        before = words[place - 1] if place else ""
        return "" if before in _BEFORE else "weak"
    return "strong"


def about(name: str) -> bool:
    """Whether `name` has a word for a secret in it and still names something else."""
    parts = split(name)
    if parts and parts[-1] in ("key", "keys"):
        return parts[0] in _BEFORE and not secret(name)
    return not (secret(name) or _WHOLE.isdisjoint(parts))


def key(name: str) -> bool:
    """Whether `name` is a `key` of an unknown sort: its value decides."""
    words = split(name)
    return bool(words) and words[-1] in ("key", "keys") and words[0] not in _BEFORE

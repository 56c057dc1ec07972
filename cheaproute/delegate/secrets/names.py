"""What a file's name and place say: stores of credentials are sent nowhere (hot path, pure)."""

from __future__ import annotations

import re
from itertools import pairwise

from cheaproute.delegate.secrets import plain, words

# Kinds of files that are stores, whatever they are called: keys, keychains, traffic, memory.
_ENDS = re.compile(
    r"\.(?:key|p12|pfx|p8|p7b|pkcs12|jks|jceks|bcfks|keystore|truststore|kdbx?|kwallet|gpg|"
    r"pgp|ppk|ovpn|tfstate|tfvars|der|agekey|keytab|ccache|rdp|wallet|har|saz|chlsj?|"
    r"pcap|pcapng|dmp|mdmp|hprof|heapsnapshot|heapdump|core|dump|mobileprovision|opvault|1pux|1pif|"
    r"agilekeychain|keychain(?:-db)?|vault|cookies?|kirbi|htpasswd|shadow|secrets?|passwd|"
    r"credentials?|env|envrc|publishsettings|pkpass|seckey|hive)(?:$|\.|~|-)"
)
# The armour of the others is found in the text.
_ARMOURED = re.compile(
    r"(?:key|priv|server|client|admin|root|deploy|ec2|aws|ssh|secret|backup)[\w.\-]*\.(?:pem|asc)(?:$|\.|~|-)|^[^.]*\.(?:pem|asc)[.\-~]"
)
# Stores and managers by their own names, glued to anything.
_STORES = re.compile(
    r"1pass|(?<![0-9a-z])2fa(?![0-9a-f])|lastpass|bitwarden|vaultwarden|keepass|dashlane|nordpass|roboform|enpass|^keeper|"
    r"protonpass|proton-pass|zohovault|passbolt|stickypass|truekey|andotp|google-?auth|(?<![a-z])authy|"
    r"(?:^|[^a-z])aegis(?:[^a-z]|$)|mimikatz|lsass|ntds|secring|"
    r"id_(?:rsa|dsa|ecdsa|ed25519|xmss)|ssh_host_|kubeconfig|htpasswd|htdigest|netrc|npmrc|yarnrc|"
    r"pypirc|pgpass|my\.cnf|mylogin|docker-?cfg|docker-?config|git-credentials|s3cfg|(?<![a-z])boto(?![a-z])|"
    r"sslkeylog|keylogfile|login[ _-]?data|signons|autofill|key[34]\.db|logins\.json|"
    r"service[-_]?accounts?(?!\.ya?ml)|(?:^|[^a-z])(?:sudoers|jwks?)(?:[^a-z]|$)|"
    r"(?:^|etc[-_.])(?:g?shadow|sam)(?![a-z])(?![-_.]?(?!bak|old|orig|txt|save|hive|copy|backup)[a-z])|^adc\.json|"
    r"_history(?:$|\.)|(?:sh|console(?:host)?)[ -]?history|lesshst|viminfo|printenv|"
    r"dotenv|flaskenv|environ\.txt|"
    r"kube-?config|k3s\.yaml|kubelet\.conf|firebase-adminsdk|msal_token|bitlocker|filevault|metamask|"
    r"phantom\.json|electrum|keypair|keystore|utc--\d{4}|rclone|wireguard|wg\d\.conf|openvpn|"
    r"pg_service|unattend\.|sysprep\.|confcons|filezilla|sitemanager|winscp|mremoteng|remmina|"
    r"(?:recovery|emergency|backup)[ _-]?(?:kit|sheet)|ntlm|"
    r"(?:^|[^a-z])(?:lsa|dcsync|kerberoast)(?:[^a-z]|$)|"
    "\U0001f510|\U0001f511|\U0001f512|\U0001f5dd|"
    r"wp-config|credit[ _-]?cards?"
)
# Whole words that name a store; the others are in `words`.
_WORDS = frozenset(
    "env jwt jwts bearer pwd pwds pws pw cookies cookie otp otps totp mfa mnemonic "
    "mnemonics wallet "
    "wallets passkeys vault keychain keychains keyring keyrings kwallet logins login bearers "
    "hashdump".split()
)
# Code is named after what it does: it holds them only where the name ends with them.
_CODE = re.compile(
    r"py|[cm]?[jt]sx?|vue|svelte|go|rs|java|kt|swift|scala|cc?|cpp|hh?|hpp|cs|rb|php|dart|exs?|x?html?|"
    r"s?css|proto|graphql|sh|bash|ps1|erb|jinja2?|hbs|mdx"
)
_HELD = frozenset(
    "passwords passwds passphrases secrets credentials creds apikey apikeys passes pwds "
    "logins".split()
)
_HELD_OF = frozenset("secret token tokens key keys password credential env".split())
_OWNERS = frozenset(
    "client auth access api private my user users db app prod production deploy team root admin "
    "service secret refresh ssh bot aws github openai stripe old all".split()
)
_DOING = frozenset(
    "get set list check verify validate hash reset rotate generate gen make create change update "
    "delete remove use with test tests mock fake fetch load read find scan detect mask redact "
    "store encrypt decrypt revoke issue forgot no public".split()
)
_KEPT = frozenset("export exports backup backups dump old copy list file".split())
# What is written about them, counted or planned; also a sample of settings: the text decides.
_ABOUT = frozenset(
    "policy policies reset resets rotation guide howto strength schema requirements hashing "
    "expiry faq tutorial design spec docs usage flow flows errors metrics stats latency attempts "
    "events failures handling overview rfc changelog adr migration migrations "
    "audit".split()
)
_PUBLIC = re.compile(
    r"\.pub$|authorized[_\-]keys|^seeds?\.sql$|\.env[.\-](?:example|sample|template|dist|defaults?|schema|tpl)$|"
    r"^env[.\-](?:example|sample|template|dist|tpl)$|"
    r"^(?:[a-z0-9.\-]*[.\-_])?(?:ca|root-?ca|cert|certs|chain|fullchain|ca-?bundle|public|pub|csr|crl|"
    r"dh-?params?|intermediate|ca-?cert|pubkey|public[-_]key)\.(?:pem|asc)(?:\.txt)?$"
)
_TWO = frozenset(
    (first, second)
    for first in ("seed", "recovery", "backup", "scratch", "unseal", "rescue", "emergency", "mfa")
    for second in ("phrase", "phrases", "word", "words", "code", "codes", "key", "keys", "seed")
)
# Only where it is all of the name: `auth.log` is, `auth-service.log` is a service's.
_ALONE = frozenset(
    "auth secure key keys creds seed seeds private cles claves chiavi schlussel schluessel".split()
)
_KEYS = re.compile(
    r"(?:^|\b)(?:root|auth|access|ssh|api|master|user|admin|private|priv|secret|aws|gcp|azure|host|"
    r"deploy|licen[sc]e|activation|product|service|server|client|signing|encryption|account|team|"
    r"my|all|app|prod|stripe|openai|github|wifi|vpn|hmac|rsa|pgp|gpg|tls|ssl)keys?$"
)
_NO_SECRET = re.compile("secretar|tokeni[sz]", re.IGNORECASE)
_FOREIGN = words.ABROAD.split() + "passwort kennwort contrasen motdepasse wachtwoord".split()
_SQL = frozenset(("users", "user", "hashes", "accounts", "auth", "members", "logins"))

# Directories whose files are all taken to be secret. No words here: a project may be `vault-ui`.
_PLACES = frozenset(
    ".ssh .aws .gnupg .azure .kube .docker .gcloud gcloud .password-store .passwords .secrets "
    "secrets .secret secret .credentials credentials creds passwords private_keys "
    "private-keys keys "
    "private .private env .1password 1password .bitwarden bitwarden .keepass keepass .vault "
    ".vault-token .terraform terraform.tfstate.d .terraform.d .m2 .gem .cargo .oci .aliyun "
    ".bluemix .chef .ansible .minikube .helm .fly .netlify .vercel .supabase .doppler .pulumi "
    ".databricks .snowflake .kaggle .huggingface .anthropic .openai .electrum .bitcoin .ethereum "
    ".solana .monero keystore wallets .wallet .pki keyrings keychains keychain kwalletd .mozilla "
    ".thunderbird firefox google-chrome chromium bravesoftware brave-browser "
    "microsoft-edge vivaldi "
    "opera chrome .netrc.d .config/gh .tsh .step .sops .age .password .keys .certs".split()
)
# Below these only under a directory of configuration or of applications' data.
_BROWSERS = frozenset("firefox google-chrome chromium vivaldi opera chrome keepass env".split())
_CONFIG = frozenset(
    "gh hub op rclone doctl stripe configstore gcloud heroku glab anthropic".split()
)
_HOMES = frozenset((".config", ".local", "share", "appdata", "roaming", "application support"))


def withheld(path: str) -> bool:
    """Whether the file at `path` looks by its name or place as if it held a secret."""
    path = plain.text(path).replace("\\", "/").removeprefix("/private/")
    # Some file systems pass over a dot or a blank at the end of a name, or what is behind a colon.
    *places, name = (part.partition(":")[0].rstrip(". ") or part for part in path.split("/"))
    return any(_place(places, number) for number in range(len(places))) or _name(name)


def _place(places: list[str], number: int) -> bool:
    place = places[number].lower()
    if place.startswith(".env"):
        return True
    above = places[number - 1].lower() if number else ""
    if place in _CONFIG and above == ".config":
        return True
    if place in _BROWSERS and place != "env":
        return any(home in _HOMES for home in map(str.lower, places[:number]))
    return place in _PLACES


def _name(name: str) -> bool:
    low = name.lower()
    if _PUBLIC.search(low):
        return False
    if _ENDS.search(low) or _ARMOURED.search(low) or _STORES.search(low):
        return True
    rest, _, ending = _NO_SECRET.sub("", name).rpartition(".")
    if _CODE.fullmatch(ending.lower()):
        return _code(words.split(rest))
    stem, _, ending = name.partition(".") if not name.startswith(".") else (name, "", "")
    stem = _NO_SECRET.sub("", stem)
    parts = words.split(stem)
    if parts and parts[-1] in _ABOUT:
        return False
    glued = "".join(parts)
    if words.secret(stem) or any(map(glued.__contains__, words.STEMS)):
        return bool(glued)
    if not _WORDS.isdisjoint(parts) or _KEYS.search(glued):
        return True
    if len(parts) == 1 and parts[0] in _ALONE:
        return True
    if words.key(stem) and len(parts) > 1:
        return True
    if ending.lower().startswith("sql") and parts and parts[-1] in _SQL:
        return True
    return any(pair in _TWO for pair in pairwise(parts))


def _code(parts: list[str]) -> bool:
    """Whether source code with a name of `parts` is where they are kept, not what deals in them."""
    if not parts or not _DOING.isdisjoint(parts):
        return False
    while len(parts) > 1 and parts[-1] in _KEPT:
        parts = parts[:-1]
    *before, last = parts
    if last in _HELD or (last in _HELD_OF and not _OWNERS.isdisjoint(before)):
        return True
    return parts == ["env"] or any(map("".join(parts).__contains__, _FOREIGN))

"""Credentials on command lines and in the lines of devices and daemons (pure)."""

from __future__ import annotations

import re

from cheaproute.delegate.secrets.rules import carriers
from cheaproute.delegate.secrets.rules.blocks import Piece, Rule

_I = re.IGNORECASE
_COMMAND = "a password on a command line"
_LINE = "a password in a device's settings"
_GIVEN = r"[ =]{0,3}[\"']?(?P<value>[^\s\"'$<{][^\s\"']{3,200})"
_RULES = (
    Rule(
        "a password among arguments",
        "connect login mysqli pdo authenticat credential signin sign_in dial",
        r"(?:connect\w{0,12}|login|log_in|mysqli|pdo|authenticat\w{1,6}|credentials?|sign_?in|dial)"
        r"\s?\(\s{0,20}(?:[\w.$:\->]{1,40},\s{0,20}){0,2}(?:[\"'][^\"'\n]{0,120}[\"'],\s{0,20}"
        r"(?:[\w.$]{1,40},\s{0,20}){0,2}){1,4}"
        r"[\"'](?P<drawn>(?=[^\"'\n]{0,60}\d)(?=[^\"'\n]{0,60}(?-i:[A-Z!@#$%^&*?]))[^\s\"'/]{6,80})[\"']",
        _I,
    ),
    Rule(
        _COMMAND,
        "curl wget http",
        r"\b(?:curl|wget|https?)\b[^\n]{0,300}?\s(?:-u|--user|-a|--auth)[ =]{0,2}[\"']?"
        r"[\w.@\-]{0,60}:[\"']?(?P<value>[^\s\"']{1,200})|"
        r"\b(?:curl|wget)\b[^\n]{0,300}?\s(?:-H|--header)[ =]{0,2}[\"']?"
        r"[\w\-]{0,30}(?:token|key|auth|secret)[\w\-]{0,20}: {0,4}(?P<v2>[^\s\"'$<{]{6,400})",
        _I,
    ),
    Rule(
        _COMMAND,
        "sshpass mysql mariadb login net sqlcmd redis-cli sudo",
        r"\bsshpass\s+-p\s{0,4}[\"']?(?P<value>[^\s\"']{3,200})|"
        r"\b(?:mysql\w{0,20}|mariadb\w{0,20})\b[^\n]{0,200}?\s-p[\"']?(?P<v3>[^\s\"'\-][^\s\"']{3,100})|"
        r"\b(?:docker|podman|helm|az|skopeo)\b[^\n]{0,120}\blogin\b[^\n]{0,200}"
        r"\s-p[ =]?[\"']?(?P<v4>[^\s\"']{4,400})|\bnet\s+user\s+\S{1,60}\s+(?P<v5>[^\s/]{4,100})|"
        r"\bsqlcmd\b[^\n]{0,200}\s-P\s{0,4}(?P<v6>[^\s]{4,100})|"
        r"\bredis-cli\b[^\n]{0,200}\s-a\s{1,4}(?P<v7>\S{4,200})|"
        r"\becho\s{1,4}[\"']?(?P<v8>[^\s\"'|]{4,100})[\"']?\s{0,4}\|\s{0,4}sudo\s{1,4}-S",
    ),
    Rule(
        _COMMAND,
        "chpasswd",
        r"[\w.\-]:(?P<value>[^\s\"'|:]{4,100})[\"']?\s{0,4}\|\s{0,4}(?:sudo\s{1,4})?chpasswd",
    ),
    Rule(
        _COMMAND,
        "htpasswd vault kubectl aws identify bindpw secret",
        r"\bhtpasswd\s[^\n]{0,60}?-\w{0,6}b\w{0,6}\s{1,4}\S{1,200}\s{1,4}\S{1,60}\s{1,4}(?P<value>\S{4,100})|"
        r"\bvault\s{1,4}(?:kv\s{1,4})?(?:put|patch|write)\s[^\n]{0,200}?\s[\w\-]{1,60}=(?P<secret>[^\s@]{6,400})|"
        r"--from-literal[= ][\"']?[\w.\-]{1,60}=(?P<v3>[^\s\"']{4,400})|"
        r"\baws\s{1,4}configure\s{1,4}set\s{1,4}\S{0,40}(?:secret|token)\w{0,20}\s{1,4}(?P<v4>\S{16,400})|"
        r"\bsecret\w{0,10}\b[^\n]{0,200}?\s(?:-b|--(?:body|value|secret-string|plaintext))[ =]{1,3}"
        r"[\"']?(?P<v7>[^\s\"'$<]{6,400})|"
        r"\bsecrets?\s{1,4}set\s{1,4}[\w\-]{1,60}=(?P<v8>[^\s\"'$<]{6,400})|"
        r"(?:\bIDENTIFY|\b(?i:nickserv\s{1,4}identify))\s{1,4}(?:[\w\-]{1,30}\s)?"
        r"(?P<v5>\S{6,100})[ \t]*$|"
        r"\bidentify\s{1,4}(?:[\w\-]{1,30}\s)?(?P<drawn>\S{6,100})[ \t]*$|"
        r"^[ \t]{0,8}(?:root)?bindpw[ \t]{1,8}(?P<v6>\S{4,200})",
        re.MULTILINE,
    ),
    Rule(
        _COMMAND,
        "ldap",
        rf"\bldap(?:search|modify|add|delete|whoami|passwd|compare)\b[^\n]{{0,300}}?\s-w{_GIVEN}",
    ),
    Rule(
        _COMMAND,
        "smb rpcclient cifs crackmapexec winexe wmic",
        r"\b(?:smb\w{0,12}|rpcclient|mount\.cifs|crackmapexec|winexe|wmic)\b[^\n]{0,200}?"
        r"\s(?:-U|--user)[ =]{0,2}[\"']?[\w.\\/@\-]{1,60}%(?P<value>[^\s\"'%]{3,100})",
    ),
    Rule(
        _COMMAND,
        "rdp rdesktop",
        r"\b(?:[xw]?l?freerdp\d?|rdesktop|mstsc)\b[^\n]{0,200}?\s(?:/p:|-p )[\"']?"
        r"(?P<value>[^\s\"']{3,100})",
    ),
    Rule(_COMMAND, "pass:", r"\s-{1,2}pass(?:in|out)?[ =]pass:(?P<value>[^\s\"']{3,200})"),
    Rule(
        _COMMAND,
        "zip 7z unrar ipmi",
        rf"\b(?:zip|unzip|ipmitool|ipmiutil)\b[^\n]{{0,200}}?\s-P{_GIVEN}|"
        r"\b(?:7za?|unrar)\b[^\n]{0,200}?\s-(?:h?p)[\"']?(?P<v2>[^\s\"'\-][^\s\"']{3,100})",
    ),
    Rule(
        _COMMAND,
        "snmp trapsess informsess",
        r"\b(?:snmp(?:\w{0,4}walk|get\w{0,4}|set|usm|vacm|df|inform|trap|bulk\w{1,6}|table|status|"
        r"test)|net-snmp-[\w\-]{1,40}|trapsess|informsess)\b[^\n]{0,200}?\s-[AXc][ =]{0,2}[\"']?"
        r"(?!(?:MD5|SHA|AES|DES)\b)(?P<value>[^\s\"'\-]{6,100})",
    ),
    Rule(
        _COMMAND,
        "nmcli netsh iwconfig wpa_passphrase",
        r"\b(?:nmcli|netsh|wpa_cli)\b[^\n]{0,200}?\b(?:password|psk|key|keyMaterial)[ =]{1,3}[\"']?"
        r"(?P<value>[^\s\"']{6,100})|\bwpa_passphrase\s+\S{1,60}\s+(?P<v2>\S{8,63})",
        _I,
    ),
    Rule(
        _COMMAND,
        "spawn expect",
        r"(?:assword|assphrase):?[\"'}*]{0,3}[^\n]{0,40}\n?[^\n]{0,40}\bsend\w{0,5}(?:\s{1,4}(?:--\s)?|\()[\"']"
        r"(?P<value>[^\"'\n\\$][^\"'\n\\]{3,100})",
        _I,
    ),
    Rule(
        _COMMAND,
        "/pass: /rp psexec winrs mosquitto rootpw securestring add-mask",
        r"\s/(?:pass:|rp )[\"']?(?P<value>[^\s\"']{3,100})|"
        r"\b(?:psexec\w{0,3}|winrs)\b[^\n]{0,160}?\s-p[ :][\"']?(?P<v2>[^\s\"']{3,100})|"
        r"\bmosquitto_\w{3}\b[^\n]{0,160}?\s-P [\"']?(?P<v3>[^\s\"']{3,100})|"
        r"\brootpw\s{1,8}(?:--\w{1,12}\s{1,4})*(?P<v4>[^\s\-]\S{3,200})|::add-mask::(?P<v5>\S{4,400})|"
        r"\bSecureString\b[^\n]{0,80}?(?:--value\s{1,3}|\s)[\"']?(?P<v6>[^\s\"'\-]{4,200})",
        _I,
    ),
    Rule(
        _COMMAND,
        "cryptsetup -stdin -fd -file",
        r"\becho\s(?:-n\s)?[\"']?(?P<value>[^\s\"'|]{4,100})[\"']?\s{0,3}\|\s{0,3}[^\n|]{0,200}?"
        r"(?:cryptsetup|password-stdin|pass(?:phrase)?-(?:fd|file)|passwd --stdin)",
    ),
    Rule(
        "a password among arguments",
        "connect( connection( client( session( pdo( datasource(",
        r"(?:connect|connection|client|session|pdo|datasource)\((?:[^()\n]{0,200}?,\s{0,8})?"
        r"[\"'][\w.@\-]{1,60}[\"'],\s{0,8}[\"'](?P<drawn>[^\"'\s]{6,80})[\"']\s?[,)]",
        _I,
    ),
    Rule(
        "a password that is typed",
        ".type( .fill( .set .send .press .enter .input( .val(",
        r"(?:passw\w{0,6}|pwd|secret|token|otp|pin)\b[^\n]{0,30}?\.(?:type|fill|set_?value|"
        r"send_?keys|press_?sequentially|enter_?text|input|val)\(\s{0,4}[\"']"
        r"(?P<secret>[^\"'\s]{4,200})[\"']",
        _I,
    ),
    Rule(
        _COMMAND,
        "/user:",
        r"\bnet\s{1,3}use\b[^\n]{0,120}?\s\\\\\S{1,100}\s{1,3}(?P<value>[^\s/*]\S{3,100})\s{1,3}/user:|"
        r"\bnet\s{1,3}use\b[^\n]{0,200}?/user:\S{1,60}\s{1,3}(?P<v2>[^\s/*]\S{3,100})",
        _I,
    ),
    Rule(
        "a password among arguments",
        "getconnection( connect( auth define( login( signin( sign_in( log_in( icate(",
        r"\b(?:(?:getConnection|auth)\((?:[^()\n]{0,200}?,\s{0,8})?|connect\([^()\n]{0,200}?,\s{0,8})[\"'][\w.@\-]{1,60}[\"'],\s{0,8}"
        r"[\"'](?P<value>[^\"'\n]{4,80})[\"']\s?[,)]|"
        r"(?:\b(?:login|log_in|signin|sign_in|authenticate|\w{0,12}BasicAuth|HTTPDigestAuth|basic_auth)\(|"
        r"\bauth\s?=\s?\()[\"'][\w.@+\-]{1,60}[\"'],\s{0,8}(?:Some\()?"
        r"[\"'](?P<secret>[^\"'\s]{6,80})[\"']\s?\)|"
        r"\bdefine\(\s{0,8}[\"'](?:\w{0,30}_)?(?:KEY|SALT|PASSWORD|SECRET)[\"'],\s{0,40}"
        r"[\"'](?P<v2>[^\"'\n]{8,200})[\"']",
        _I,
    ),
    Rule(
        "a password in a form",
        'name="pass type="password administratorpassword auth-user-pass chpasswd: passwd/',
        r"name=\"pass\w{0,8}\"\s{1,4}(?P<value>[^\s<>\"]{4,200})\s|"
        r"type=\"password\"[^<>]{0,200}?\svalue=\"(?P<v2>[^\"]{3,200})\"|"
        r"<AdministratorPassword>\s{0,40}<Value>(?P<v3>[^<>]{4,200})<|"
        r"<auth-user-pass>\s{1,4}\S{1,80}\n(?P<v4>\S{4,200})\n|"
        r"\bchpasswd:\s{1,20}(?:\w{1,12}: \|?\s{1,20}){1,3}[\w.\-]{1,32}:(?P<v5>\S{4,200})|"
        r"\bpasswd/\S{1,30}\s{1,4}password\s{1,4}(?P<v6>\S{4,200})",
        _I,
    ),
    Rule(
        "a password in a protocol",
        "login auth 334",
        r"\bLOGIN [\"']?[\w.@\-]{1,60}[\"']? [\"'](?P<value>[^\"'\n]{4,100})[\"']|"
        r"\bLOGIN [\w.@\-]{1,60} (?P<drawn>[^\s\"']{6,100})$|"
        r"^(?:[^\n]{0,80}\] )?[\"']?AUTH[\"']? [\"']?[\w.@\-]{1,60}[\"']? "
        r"[\"']?(?P<v2>[^\s\"']{6,200})[\"']?$|"
        r"^(?:[^\n]{0,40}[ :<>])?334 UGFzc3dvcmQ6\s{1,3}(?:\S{1,12}[:>]? )?"
        r"(?P<v3>[A-Za-z0-9+/]{4,200}={0,2})$",
        re.MULTILINE,
    ),
    Rule(
        "credentials of Oracle",
        "oracle sqlplus sqlldr connect conn exp imp",
        r"\b(?:jdbc:oracle:\w{3,4}:[\w$#.\-]{1,60}|(?:sqlplus(?: -\w{1,8})?|connect(?:ing as)?|"
        r"conn|exp|imp|impdp|expdp|sqlldr)[ \t:]{0,3}(?:userid=)?[\w$#]{1,40})"
        r"/(?P<value>[^\s/@\"']{4,60})@[/\w]",
        _I,
    ),
    Rule(
        "a user and a password",
        " -p",
        r"\s-u\s{1,3}[^\s\-]\S{0,60}\s{1,3}-p\s{1,3}[\"']?(?P<value>[^\s\-$%<\"'{][^\s\"']{3,80})",
    ),
    Rule(
        _LINE,
        "password secret key-string shared-key radius tacacs snmp-server",
        r"\b(?:password|secret|key|key-string|community|auth|priv)\s{1,3}"
        r"(?:[0-9]|encrypted|sha|md5|aes ?\d{0,3}|ascii-text|hexadecimal|"
        r"plain-?text|clear-?text|simple)"
        r"\s{1,3}[\"']?"
        r"(?P<token>[0-9A-Fa-f]{12,200}|[$./\w]{12,200})"
        r"(?![\w.])|"
        r"\bsnmp-server\s+community\s+(?P<v2>\S{4,100})|"
        r"\b(?:radius|tacacs)\S{0,12}\b[^\n]{0,120}?\skey\s{1,3}(?:\d\s{1,3})?(?P<v3>[^\s\"']{5,100})",
        _I,
    ),
    Rule(  # arguments one by one, as the kernel tells of them
        _COMMAND,
        "-p",
        r"\b(?:mysql\w{0,12}|mariadb\w{0,12}|sshpass|mongo\w{0,8}|7za?)[\"'][^\n]{0,200}?"
        r"[\"']-p(?P<drawn>[^\"'\s]{6,100})[\"']",
    ),
    Rule(
        _LINE,
        " >",
        r"\buser [\w.\-]{1,60} (?:[\w\-+~*&%@]{1,40} ){0,6}>(?P<drawn>\S{6,200})",
        _I,
    ),
    Rule(
        _LINE,
        "wifi: primarykey primary_key secondarykey secondary_key",
        r"\bWIFI:[^\n]{0,120}?\bP:(?P<value>[^;\n]{4,100});|"
        r"(?i:primary|secondary)_?(?i:key)[\"']?\s{0,3}[:=]\s{0,3}[\"']?"
        r"(?P<token>[A-Za-z0-9+/]{42,90}={1,2})",
    ),
    Rule(
        "a shared key of IPsec",
        "psk eap xauth ntlm pin",
        r"(?:^|[ \t:])(?:PSK|EAP|XAUTH|NTLM|PIN)[ \t]{1,4}[\"'](?P<value>[^\"'\n]{4,200})[\"']",
        re.MULTILINE,
    ),
    Rule(
        "a line of chap-secrets",
        "*",
        r"^(?!(?:extern|static|const|typedef|struct)\b)"
        r"[\"']?[\w.\\@\-]{1,60}[\"']?[ \t]{1,8}(?:\*|[\w.\-]{1,60})[ \t]{1,8}[\"']?"
        r"(?P<secret>(?=\S{0,60}\d)(?=\S{0,60}[a-z])\S{6,100}?)[\"']?[ \t]{1,8}\*[ \t]*$",
        re.MULTILINE,
    ),
)


def find(piece: Piece) -> str:
    """What line in `piece` gives a credential, "" if none does."""
    for rule in _RULES:
        if any(map(carriers.credential, rule.finds(piece))):
            return rule.kind
    return ""

"""detect-secrets' rules, those that know a form; none asks a network (see `tests`)."""

from __future__ import annotations

import functools
import importlib
from typing import Protocol

from cheaproute.delegate.secrets.rules import looks
from cheaproute.delegate.secrets.rules.blocks import Piece

# Left out: bare entropy (hashes and ids are all over logs), public addresses, and those rules that
# are of the form `name = value` (keyword, IBM, SoftLayer, Cloudant), for which `assignments` is.
_PLUGINS = {
    "artifactory": "ArtifactoryDetector",
    "aws": "AWSKeyDetector",
    "azure_storage_key": "AzureStorageKeyDetector",
    "basic_auth": "BasicAuthDetector",
    "discord": "DiscordBotTokenDetector",
    "github_token": "GitHubTokenDetector",
    "gitlab_token": "GitLabTokenDetector",
    "jwt": "JwtTokenDetector",
    "mailchimp": "MailchimpDetector",
    "npm": "NpmDetector",
    "openai": "OpenAIDetector",
    "private_key": "PrivateKeyDetector",
    "pypi_token": "PypiTokenDetector",
    "sendgrid": "SendGridDetector",
    "slack": "SlackDetector",
    "square_oauth": "SquareOAuthDetector",
    "stripe": "StripeDetector",
    "telegram_token": "TelegramBotTokenDetector",
    "twilio": "TwilioKeyDetector",
}
# These take much that is none: their find has to look made by a generator, too.
_LOOSE = frozenset(("ArtifactoryDetector", "TelegramBotTokenDetector"))


class _Plugin(Protocol):
    secret_type: str

    def analyze_string(self, string: str) -> object: ...


def find(piece: Piece) -> str:
    """The kind of secret that the library sees in `piece`, "" if none."""
    for plugin in plugins():
        for value in plugin.analyze_string(piece.text):  # type: ignore[attr-defined]
            # Four letters are a gene's, whatever they begin with.
            if not isinstance(value, str) or len(set(value)) < 5 or looks.placeholder(value):
                continue
            if looks.hexadecimal(value) and value.startswith(("AC", "A3")):
                continue  # of a dump: no key of AWS is hexadecimal but by chance
            if value.isalpha() and value.isupper() and _amid(value, piece.text):
                continue  # of a protein
            if type(plugin).__name__ == "ArtifactoryDetector" and value.isupper():
                continue  # of a protein, a request's id
            if type(plugin).__name__ in _LOOSE and not looks.random(value.rpartition(":")[2], 8):
                continue
            return plugin.secret_type
    return ""


def _amid(value: str, text: str) -> bool:
    """Whether `value` stands in `text` with letters before and behind it."""
    place = text.find(value)
    return place > 0 and text[place - 1].isalpha() and text[place + len(value) :][:1].isalpha()


@functools.cache
def plugins() -> tuple[_Plugin, ...]:
    """The rules.

    Raises:
        ImportError: the library is not there, and nothing may be sent.
    """
    return tuple(
        getattr(importlib.import_module(f"detect_secrets.plugins.{module}"), name)()
        for module, name in _PLUGINS.items()
    )

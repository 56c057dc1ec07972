"""Services that hand out keys: beside such a name, a text by a generator is one (pure)."""

from __future__ import annotations

import re
from collections import Counter

from cheaproute.delegate.secrets import words
from cheaproute.delegate.secrets.rules import looks
from cheaproute.delegate.secrets.rules.blocks import Piece

_BEGIN = 8  # letters by which a name glued to others is known
_NAMES = frozenset(
    "adafruit adobe adyen agora airbrake airtable akamai algolia alibaba aliyun amadeus amplitude "
    "anthropic apify apigee apollo appcenter appsflyer artifactory asana assemblyai atlassian auth "
    "aws axiom azure backblaze baidu bamboo basecamp beamer binance bingmaps bitbucket bitfinex "
    "bitly bittrex blynk braintree branchio brevo bugsnag buildkite calendly cerebras chargebee "
    "checkr circleci clarifai clearbit clerk clickup cloudant cloudconvert cloudflare "
    "cloudinary clojars codacy codeclimate codecov cohere coinbase coinmarketcap confluent "
    "contentful contentstack convertkit coveralls crates crowdin datadog datarobot deepgram "
    "deepl deepseek dialogflow digitalocean discord discourse disqus docker dockerhub docusign "
    "doppler dropbox droneci duffel dynatrace easypost elastic elasticsearch elevenlabs etsy "
    "eventbrite exotel facebook fastly fcm figma filestack finicity finnhub firebase flickr "
    "flutterwave flyio foursquare frameio freshbooks freshdesk freshservice geoapify getresponse "
    "giphy github gitlab gitter gocardless godaddy google grafana groq gumroad harness "
    "hashicorp helpscout hereapi heroku honeybadger honeycomb hotjar hubspot huggingface infura "
    "infracost instagram intercom intra ipstack jenkins jfrog jira jotform kaggle keen keycloak "
    "klaviyo kraken kucoin langchain langsmith launchdarkly lemonsqueezy linear linkedin "
    "linode lob localytics logentries logzio loggly looker magento mailchimp mailgun mailjet "
    "mandrill mapbox mattermost maxmind meraki messagebird microsoft midtrans mistral mixpanel "
    "mollie mongodb monday mux nasdaq netlify newrelic newsapi nexmo newyorktimes "
    "ngrok notion npm nuget nvidia nytimes okta omise onesignal openai openrouter openweathermap "
    "opsgenie optimizely pagerduty papertrail paypal paystack pendo percy perplexity pinata "
    "pinecone pingdom pipedrive pivotal plaid planetscale plivo postmark posthog postman "
    "prefect privateai pulumi pusher pypi qualtrics quickbooks quicknode rabbitmq rapidapi raygun "
    "razorpay readme recaptcha recurly reddit redis rollbar rubygems salesforce sanity saucelabs "
    "scaleway scalingo scalr segment sendbird sendgrid sendinblue sentry serpapi "
    "settlemint shippo shodan shopify sidekiq contribsys signalwire sinch slack snowflake snyk "
    "sonar sonarqube sourcegraph splunk spotify square squarespace stability statuspage steam "
    "stripe strava streamlabs sumologic sumo supabase surveymonkey tailscale tatum tavily telegram "
    "telnyx tencent terraform thinkific tiktok tiingo todoist travis travisci trello trustpilot "
    "twilio twitch twitter typeform unsplash upstash uploadcare vault vercel vimeo "
    "virustotal vonage "
    "xray bintray vultr weatherapi webex webflow wepay whatsapp woocommerce wordpress workday "
    "xero yahoo yandex "
    "yelp youtube zendesk zerobounce zeplin zoho zoom zuora".split()
)
_LONG = {name[:_BEGIN]: name for name in sorted(_NAMES, reverse=True) if len(name) >= _BEGIN}
# Any separator and a long value: the name is looked up, not matched.
_ASSIGNED = re.compile(
    r"[\"'`\]]{0,2}[ \t]{0,4}(?:=>|:{0,3}=|\?=|\|\||:|>|,)[ \t]{0,4}[\"'`=]{0,3}"
    r"(?P<value>[\w.\-+/=~]{14,200})"
)
_NAME = re.compile(r"[\w.\- \t]{2,60}\Z")
_DIGITS = re.compile(r"[0-9]+")
_OBJECT = frozenset(
    "id ids uuid guid sha commit hash ref digest etag trace traceid span spanid revision rev "
    "version tag url uri host hostname image customer user username name account channel bucket "
    "region request requestid email path file branch repo repository event arn endpoint checksum "
    "integrity resolved build number job run pod node h signature source payload cursor state "
    "nonce verification delivery".split()
)
_SKU = re.compile(r"(?:^|[ \t])[A-Z0-9\-]*\d[A-Z0-9\-]*\Z")
_FILE = re.compile(
    r"\.(?:[cm]?[jt]sx?|py|rb|go|rs|php|java|json|ya?ml|css|html?|txt|md|map|bin|jar|whl|zip|t?gz|"
    r"png|jpe?g|svg)\Z"
)
_MANY = 6  # values of one length
_SUM, _CONTENTS = 40, 100  # letters: shorter ones are keys as often
_EDGES = "\"'`=."
_ADDRESS = re.compile(r"//[\w\-]+\.[\w.\-]+")


def find(piece: Piece) -> str:
    """The kind of value beside a service's name in `piece`, "" if there is none."""
    text = piece.text
    sizes: Counter[int] = Counter()
    for found in _ASSIGNED.finditer(text):
        start = found.start()
        name = _NAME.search(text[max(0, start - 60) : start])
        if name is None or text[:start].endswith("checksum/" + name[0]):
            continue
        if "," in found[0][:4] and not re.search(r"[_\- \t\"'`]", name[0] + found[0][:3]):
            continue  # a list, as in a source map
        if "," in found[0][:4] and _SKU.search(name[0]):
            continue  # an id in a list
        parts = words.split(name[0])[-6:]
        if not parts or parts[-1] in _OBJECT or "public" in parts:
            continue
        secret = words.secret(name[0].rpartition(" ")[2])
        if not secret and _NAMES.isdisjoint(parts) and not any(map(_glued, name[0].split("."))):
            continue
        value = found["value"].strip(_EDGES)
        mailed = text[: name.start() + max(0, start - 60)].endswith("@") and "," in found[0][:4]
        if _ADDRESS.match(value) or (mailed and looks.UUID.fullmatch(value)):
            continue
        if looks.placeholder(value) or looks.code(value):
            continue
        of_cloud = "arn:" in text[max(0, start - 90) : start].rpartition('"')[2]
        if not secret and (_FILE.search(name[0].strip()) or _summed(sizes, text, name[0], value)):
            continue
        if not of_cloud and (looks.random(value, 12) or _varied(value)):
            return "a key of a named service"
    return ""


def _summed(sizes: Counter[int], text: str, name: str, value: str) -> bool:
    """Whether `value` is one of many of its length in `text`, as sums and contents are."""
    if len(value) < (_SUM if looks.hexadecimal(value) else _CONTENTS):
        return False
    if words.key(name) or any(part in ("key", "keys", "api") for part in words.split(name)):
        return False
    if not sizes:
        sizes.update(map(len, {one["value"].strip(_EDGES) for one in _ASSIGNED.finditer(text)}))
    return sizes[len(value)] >= _MANY


def known(name: str) -> bool:
    """Whether a service that hands out keys is a word of `name`."""
    return not _NAMES.isdisjoint(words.split(name))


def _glued(name: str) -> bool:
    text = "".join(words.split(name)[-6:])
    places = range(len(text) - _BEGIN + 1)
    return any(text.startswith(_LONG.get(text[n : n + _BEGIN], "\0"), n) for n in places)


def _varied(value: str) -> bool:
    """Whether `value` is hexadecimal, or long with digits in three places or more."""
    if looks.hexadecimal(value):
        return len(value) >= 16 and not value.isdigit()
    return len(value) >= 20 and value.isalnum() and len(_DIGITS.findall(value)) > 2

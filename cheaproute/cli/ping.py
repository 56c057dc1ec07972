"""`cheaproute ping`: one small call, to see that Haiku answers and what it costs."""

from __future__ import annotations

import argparse

from cheaproute.cli import model_calls
from cheaproute.cli.context import Context
from cheaproute.delegate.backends.request import Request

PROMPT = "Reply with: Haiku is live."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    parser.add_argument("--json", action="store_true", help="the answer and its figures as JSON")


def run(args: argparse.Namespace, context: Context) -> int:
    """Ask the haiku model to say that it is live."""
    paying = model_calls.open_purse(context, "ping")
    request = Request(
        model_calls.section(context, "models")["haiku"],
        "Do exactly as told.",
        PROMPT,
        max_tokens=200,
        timeout_s=min(30, model_calls.section(context, "delegate")["timeout_s"]),
        think=False,
        retries=1,
    )
    reply = paying.pay(request)
    figures = model_calls.figures(paying, reply)
    if args.json:
        context.out.json({"answer": reply.text, **figures})
        return 0
    context.out.line(reply.text.strip())
    context.say(f"all is well: {model_calls.line(figures)}, {reply.latency_ms / 1000:.1f} s")
    return 0

from __future__ import annotations

from cheaproute.hook.turn_end import notify


def test_the_notification_is_safe_to_write_to_a_terminal() -> None:
    """No control character and no separator of the text survives; OSC 9 begins with no digit."""
    text = "[cheaproute] 50 % \x1b]0;evil\x07\nused"
    clean = "[cheaproute] 50 %  ]0,evil  used"
    assert notify.sequence(text, {"TERM": "xterm-256color"}) == f"\x1b]9;{clean}\x07"
    for env in ({"VTE_VERSION": "7600"}, {"TERM": "foot"}):
        assert notify.sequence(text, env) == f"\x1b]777;notify;cheaproute;{clean}\x07"

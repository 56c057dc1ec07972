"""Route cheap, run all day: the guide's two functions, loaded when first used."""

from __future__ import annotations

__all__ = ["route_model", "track_api_cost"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.guide import route_model, track_api_cost


def __getattr__(name: str) -> object:
    if name in __all__:
        from cheaproute import guide

        return getattr(guide, name)
    raise AttributeError(f"module 'cheaproute' has no attribute {name!r}")

"""The brain of the module in the client: one file a seat, the questions as hooks/mod.js asks."""

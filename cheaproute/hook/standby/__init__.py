"""A process that stands by for the module's questions, so that each needs no start."""

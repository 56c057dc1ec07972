"""Reports as text: on a terminal, piped, in a session."""

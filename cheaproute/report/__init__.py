"""One Report object and its forms: text, JSON, CSV, HTML."""

"""Source files, spans and edits: bytes in, bytes out."""

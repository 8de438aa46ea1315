"""A small Python peer of nestjs-remote, as strict on the wire as the original."""

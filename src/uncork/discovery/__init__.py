"""Finding what the user means: the target, its interpreter, its files. Reads, never writes."""

"""The files that a migration writes: read by people, so written as a colleague would."""

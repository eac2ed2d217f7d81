# Somebody's own.

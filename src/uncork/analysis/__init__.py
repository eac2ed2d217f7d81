"""What a script is made of: from a `Project` to `Facts`, without running any of it."""

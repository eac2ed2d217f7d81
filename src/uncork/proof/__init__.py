"""Proof that a migrated app does what the script did.

`probe` runs inside the app's own interpreter, `sandbox` as PID 1 of its isolation,
`isolation` starts both, `runs` decides which runs a verification needs. What they saw
is an `observation`; `noise`, `allowances` and `comparison` judge it and are pure.
"""

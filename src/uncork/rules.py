"""Every rule that a diagnostic can carry: the one source of `uncork explain` and of its page in docs.

1xx: findings of check. 2xx: declined by migrate. 3xx: notes of a plan. 4xx: service.
"""

from __future__ import annotations

from uncork.diagnostics import Rule, Severity

WARNING, DECLINED, NOTE = Severity.WARNING, Severity.DECLINED, Severity.NOTE

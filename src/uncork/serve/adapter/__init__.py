"""All that touches waitress beyond its documented interface.

Read in waitress 3.0.1 and 3.0.2, which agree on every line relied on (numbers
are 3.0.2's); `uncork.serve.provide` holds the range. What is relied on, beside
what the modules here name where they use it:

- server.py 186-259: a server is given a socket, a map, a dispatcher and
  adjustments; 224: ``application``; 228: each has a ``trigger`` (a pipe) in the
  map; 247: ``active_channels``; 301-321: ``handle_accept`` makes a
  ``channel_class`` of a connection; 333: ``pull_trigger`` wakes the loop.
- wasyncore.py 193-223: ``poll2`` is one turn of its loop, for a waitress outside
  the range; 319-326: ``del_channel`` takes a socket out of the map.
- channel.py 39, 44-50, 72: ``task_class``, ``request`` (partly received),
  ``requests`` (running and queued), ``total_outbufs_len``, ``will_close``,
  ``close_when_flushed``; 83-120: ``handle_write`` sends, and with ``will_close``
  closes; 201-247: ``received`` queues requests; 307: ``handle_close``, after
  which 345-349 makes the app's next write raise; 397-423: a worker waits while a
  client has not read enough.
- channel.py 463-469: a response that closes drops the requests behind it.
- task.py 164-172: ``service`` runs one request; 194-243: the response's header
  follows the request's ``CONNECTION``; 45-55, 64-79: ``queue`` and
  ``active_count``, the threads that do not wait for work; 117-138: ``shutdown``.

A waitress outside the range is used by its documented interface only, see
`StockServer`: a stop then is waitress's own, 5 seconds for what runs.
"""

from __future__ import annotations

from uncork.serve.adapter.limits import Limits
from uncork.serve.adapter.server import WaitressServer
from uncork.serve.adapter.stock import StockServer

__all__ = ["Limits", "StockServer", "WaitressServer"]

"""How long a client may take, and which one goes when there is no room. Pure.

A client costs a file descriptor and memory for as long as it pleases, unless
something ends it. waitress renews its only deadline with every byte (server.py
370-378), and stops accepting for everybody at its limit of connections (283-299).
docs/decisions/0007 has what was measured.
"""

from __future__ import annotations

from dataclasses import dataclass

from uncork.serve.options import DEFAULT_HEADER_TIMEOUT


@dataclass(frozen=True)
class Limits:
    """What one server grants its clients; seconds, and bytes a second.

    Args:
        header_timeout: from the connection, or a later request's first byte, to the end of
            its head, however it is cut up.
        body_grace: for a body, and one more second for each `body_rate` bytes of it:
            the rule, and the figures, of Apache's mod_reqtimeout.
        output_window: a client that takes less than `output_rate` on average over
            this is gone: nginx's send_timeout and Kestrel's MinResponseDataRate.
        hold_window: the same for one that holds up a thread while requests wait for one.
        sweep: between two looks at all of this.
        linger: for a refused client to stop sending: nginx's lingering_timeout.
    """

    header_timeout: float = DEFAULT_HEADER_TIMEOUT
    body_grace: float = 20.0
    body_rate: float = 500.0
    output_window: float = 60.0
    output_rate: float = 240.0
    hold_window: float = 10.0
    hold_rate: float = 8192.0
    linger: float = 5.0
    sweep: float = 1.0

    def body_is_slow(self, seconds: float, received: int) -> bool:
        """Whether a body takes too long.

        Args:
            seconds: since its head was complete.
            received: bytes of it.
        """
        return seconds > self.body_grace + received / self.body_rate

    def reader_is_slow(self, seconds: float, taken: int) -> bool:
        """Whether a client reads too slowly; only for a whole window.

        Args:
            seconds: since the window began; something was waiting to be sent all the time.
            taken: bytes that it took since then.
        """
        return seconds >= self.output_window and taken < self.output_rate * seconds

    def holder_is_slow(self, seconds: float, taken: int) -> bool:
        """The same for a client that a thread waits for while requests wait for a thread."""
        return seconds >= self.hold_window and taken < self.hold_rate * seconds

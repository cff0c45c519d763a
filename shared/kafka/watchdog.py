"""Whether a consumer gets on: clients of a broker that was replaced do not always notice."""

import time
from collections.abc import Callable

STUCK_SECONDS = 60.0


class Watchdog:
    """Healthy unless there has been something to read for a minute and none of it was applied; that lasts until
    something is."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._behind_since: float | None = None
        self._restarted = clock()

    def progressed(self) -> None:
        """A batch was applied."""
        self._behind_since = None

    def saw(self, behind: bool | None) -> None:
        """The broker's end offsets were compared with ours; None when it could not say. A broker that is away
        is no reason to restart this service."""
        if not behind:
            self._behind_since = None
        elif self._behind_since is None:
            self._behind_since = self._clock()

    def restart(self) -> bool:
        """Whether a new client is to try it: once a minute while it lasts."""
        if self.healthy or self._clock() - self._restarted < STUCK_SECONDS:
            return False
        self._restarted = self._clock()
        return True

    @property
    def healthy(self) -> bool:
        """False after a minute without progress while behind."""
        return self._behind_since is None or self._clock() - self._behind_since < STUCK_SECONDS

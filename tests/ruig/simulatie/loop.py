"""An event loop whose clock is virtual and whose order is a matter of the seed.

Every process of the simulation has a queue of its own, first in first out as a real loop has; which process goes on is
drawn. So processes meet in every possible way, between any two awaits, while within one nothing happens that asyncio
would not do. Time moves only when nobody can go on: thirty seconds of quiet cost a few milliseconds.
"""

import asyncio
import heapq
from asyncio import events
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from random import Random
from typing import Any

MOST_STEPS = 200_000
_STEP_SECONDS = 2e-6


class RestlessError(AssertionError):
    """A schedule that takes more steps than any honest one: somebody tries again without ever waiting."""


class Process:
    """What is killed or stopped as a whole."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = True
        self.stalled_until = 0.0
        self.fuse: int | None = None
        """After so many trips to database or broker it dies: in the middle of something, not while it rests."""
        self.on_fuse: Callable[[Process], None] | None = None
        self.ready: deque[events.Handle] = deque()

    async def step(self) -> None:
        """A trip to database or broker begins or ends."""
        if self.fuse is None:
            return
        self.fuse -= 1
        if self.fuse <= 0 and self.on_fuse is not None:
            self.fuse = None
            self.on_fuse(self)
            await asyncio.sleep(0)  # from which the dead do not return


PROCESS: ContextVar[Process] = ContextVar("process")


class VirtualLoop(asyncio.BaseEventLoop):
    """`time()` is in virtual seconds from 0."""

    def __init__(self, dice: Random) -> None:
        super().__init__()
        self._dice = dice
        self._moment = 0.0
        self.steps = 0
        self.most_steps = MOST_STEPS
        self._tickets = 0
        self._timers: list[tuple[float, int, events.TimerHandle]] = []
        self._tasks: list[tuple[asyncio.Task[Any], Process]] = []
        self.world = Process("wereld")
        self._processes = [self.world]
        self._outside = _context_of(self.world)

    def time(self) -> float:
        """Virtual seconds."""
        return self._moment

    def spawn(self, process: Process, main: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Start a process: a task, and all that comes of it."""
        self._processes.append(process)
        return self.create_task(main, name=process.name, context=_context_of(process))

    def kill(self, process: Process) -> None:
        """As `kill -9`: none of its callbacks ever runs again, not even what cleans up."""
        process.alive = False
        self._processes.remove(process)

    def later(self, seconds: float, callback: Callable[..., object], *args: Any) -> None:
        """What happens in the world, whether or not who asked for it still lives by then."""
        self.call_at(self._moment + seconds, callback, *args, context=self._outside)

    def play(self, main: Coroutine[Any, Any, None]) -> None:
        """Run to the end of `main`; then every task that is left goes, in order, those of the killed as well."""
        try:
            self.run_until_complete(self.spawn(Process("spel"), main))
        finally:
            self._bury()
            self.close()

    def _bury(self) -> None:
        self.most_steps += self.steps
        for process in self._processes:
            process.fuse = None
        left = [(task, process) for task, process in self._tasks if not task.done()]
        for _, process in left:
            if not process.alive:
                process.alive, process.fuse = True, None
                self._processes.append(process)
            process.stalled_until = 0.0
        self.run_until_complete(self.create_task(self._gone(), context=self._outside))

    async def _gone(self) -> None:
        """Cancelled until they are gone: one cancellation may be lost in a wait that ends at the same moment."""
        mine = asyncio.current_task()
        while left := [task for task, _ in self._tasks if task is not mine and not task.done()]:
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=10)

    def create_task(self, coro: Any, *, name: str | None = None, context: Context | None = None) -> Any:
        """As any loop, but tasks of a killed process are kept: nothing else refers to them."""
        context = context or copy_context()
        task = asyncio.Task(coro, loop=self, name=name, context=context)
        self._tasks.append((task, context.get(PROCESS, self.world)))
        return task

    def call_at(self, when: float, callback: Any, *args: Any, context: Context | None = None) -> events.TimerHandle:
        """As any loop; two of the same moment come in the order in which they were asked for."""
        handle = events.TimerHandle(when, callback, args, self, context)
        self._tickets += 1
        heapq.heappush(self._timers, (when, self._tickets, handle))
        return handle

    def _call_soon(self, callback: Any, args: Any, context: Context | None) -> events.Handle:
        handle = events.Handle(callback, args, self, context)
        self._enqueue(handle)
        return handle

    def _enqueue(self, handle: events.Handle) -> None:
        handle._context.get(PROCESS, self.world).ready.append(handle)

    def _run_once(self) -> None:
        moment, chance = self._moment, self._dice.random
        while self._timers and self._timers[0][0] <= moment:
            handle = heapq.heappop(self._timers)[2]
            if not handle.cancelled():
                self._enqueue(handle)
        runnable = [one for one in self._processes if one.ready and one.stalled_until <= moment]
        if not runnable:
            self._sleep()
            return
        # `choice` and `randrange` say the same, in three times the time of all the rest here.
        process = runnable[int(chance() * len(runnable))]
        for _ in range(1 + int(chance() * 4)):
            if not process.ready or process.stalled_until > moment:
                break
            handle_ = process.ready.popleft()
            if not handle_.cancelled():
                self.steps += 1
                handle_._run()
        self._moment += _STEP_SECONDS
        if self.steps > self.most_steps:
            raise RestlessError(f"more than {self.most_steps} steps")

    def _sleep(self) -> None:
        """Nobody can go on: on to the first moment at which somebody can."""
        while self._timers and self._timers[0][2].cancelled():
            heapq.heappop(self._timers)
        moments = [one.stalled_until for one in self._processes if one.ready]
        if self._timers:
            moments.append(self._timers[0][0])
        if not moments:
            raise RestlessError("everybody waits for somebody")
        self._moment = max(self._moment, min(moments))

    def _timer_handle_cancelled(self, handle: events.TimerHandle) -> None:
        """Nothing: it is passed over when its time comes."""

    def _write_to_self(self) -> None:
        """Nothing sleeps for real."""

    def _process_events(self, event_list: object) -> None:
        """There are no sockets."""


def _context_of(process: Process) -> Context:
    context = copy_context()
    context.run(PROCESS.set, process)
    return context

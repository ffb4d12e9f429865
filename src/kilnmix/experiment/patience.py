"""A database or a proxy that is away for a moment: asked again, for about a minute, before a search ends."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from kilnmix.common.errors import UserError
from kilnmix.tracking.location import shown

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

T = TypeVar("T")
_PAUSE_SECONDS = 1.0


class Patience:
    """Calls again what a storage that is away has refused.

    Args:
        url: of the storage, as `search.storage` has it.
        seconds: how long it may be away. After it was away for longer, calls are made once alone until it answers.
    """

    def __init__(self, url: str, seconds: float) -> None:
        self._url, self._seconds, self._left = url, seconds, seconds

    def ask(self, call: Callable[[], T]) -> T:
        """What the call returns.

        Raises:
            UserError: the storage was away for too long.
        """
        end = time.monotonic() + self._left
        while True:
            try:
                answer = call()
            except Exception as error:
                if not is_away(error):
                    raise
                if time.monotonic() >= end:
                    self._left = 0.0
                    raise UserError(
                        f"search.storage = {shown(self._url)!r} has not answered for {self._seconds:.0f} s "
                        f"({_reason(error)}). What is trained is kept: when it answers again, the same command goes on."
                    ) from error
            else:
                self._left = self._seconds
                return answer
            time.sleep(_PAUSE_SECONDS)

    def wrapped(self, storage: BaseStorage) -> BaseStorage:
        """The same storage, each of whose calls waits for it.

        A call may have been heard before the connection broke. None does harm when it is made again: values are set
        anew, a trial that was told is told already, and of two trials at one place the second is left waiting.
        """
        names = {name for kind in type(storage).__mro__ for name in getattr(kind, "__abstractmethods__", ())}
        for name in sorted(names):
            setattr(storage, name, self._patient(getattr(storage, name)))
        return storage

    def _patient(self, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def asked(*args: Any, **named: Any) -> Any:
            return self.ask(lambda: call(*args, **named))

        return asked


def is_away(error: BaseException) -> bool:
    """Whether a storage's error says that it does not answer, or is locked: SQLAlchemy's, which Optuna wraps, or
    gRPC's."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy import exc

    cause = error.__cause__ if isinstance(error, StorageInternalError) else error
    if isinstance(cause, exc.OperationalError | exc.InterfaceError | exc.TimeoutError):
        return True
    # grpcio need not be installed.
    return any(kind.__module__.split(".")[0] == "grpc" and kind.__name__ == "RpcError" for kind in type(error).__mro__)


def _reason(error: BaseException) -> str:
    details = getattr(error, "details", None)
    text = str(details() if callable(details) else error.__cause__ or error).strip()
    return text.splitlines()[0].rstrip(".") if text else type(error).__name__

"""Where figures for Prometheus are given, and to whom."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class MetricsSettings(BaseModel):
    """Part of the settings of an installation; see docs/operating.md.

    metrics_port: where `serve` gives figures at /metrics, a port of its own that the public one knows nothing of;
        worker_metrics_port: where `worker` does. Without them nothing is counted.
    metrics_host: the address that they listen at. One that others reach needs metrics_token_file: the token that is to
        be sent as `Authorization: Bearer`.
    """

    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    worker_metrics_port: int | None = Field(default=None, ge=1, le=65535)
    metrics_host: str = "127.0.0.1"
    metrics_token_file: Path | None = None

    @model_validator(mode="after")
    def _not_for_everybody(self) -> Self:
        counted = self.metrics_port is not None or self.worker_metrics_port is not None
        if counted and self.metrics_host not in _LOOPBACK and self.metrics_token_file is None:
            reason = f"others reach {self.metrics_host}; set metrics_token_file, or leave metrics_host at 127.0.0.1"
            raise PydanticCustomError("metrics", "{reason}", {"reason": reason})
        return self

"""The vocabulary of pipelines: a stage is one MongoDB document, a pipeline a list of them."""

from typing import Any

Stage = dict[str, Any]
Pipeline = list[Stage]

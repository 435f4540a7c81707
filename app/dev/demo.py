"""The demo world brought into a running service through its public API, and kept moving."""

import asyncio
import random
from collections.abc import Callable, Iterable, Iterator
from itertools import batched

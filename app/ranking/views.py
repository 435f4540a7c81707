"""Boards as their accounts see them. What was told of a board is remembered until the board has changed."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from app.ranking import scripts
from app.ranking.connection import Call, RankServer
from app.ranking.keys import board_keys
from app.ranking.lines import ALL_BELOW, LINES_ABOVE, WINDOW, RankedLine, View, read_ranked

VIEWS_A_CALL = 16
#: What a process remembers of all boards together; about ten megabytes.
MOST_LINES = 40_000


@dataclass(slots=True)
class _Board:
    """A board at one revision: its size, its first lines, which are all if it is small, and views of it."""

    revision: bytes
    size: int
    first: list[RankedLine]
    top: list[RankedLine]
    views: dict[str, View] = field(default_factory=dict)

    @property
    def is_small(self) -> bool:
        """True if it is shown whole."""
        return self.size < ALL_BELOW

    @property
    def lines(self) -> int:
        """How many lines are remembered of it. The views of a small board have none of their own."""
        return len(self.first) + len(self.views) * (1 if self.is_small else WINDOW)

    def add(self, account_id: str, told: Sequence[Any]) -> View:
        """What an account sees, of its version, its position and the lines around it."""
        version, position = int(told[0]), told[1]
        start = max(0, position - LINES_ABOVE)
        if self.is_small:
            nearby = self.first[start : start + WINDOW]
        else:
            nearby = read_ranked(told[2], position=start + 1, rank=told[3] + 1)
        everyone = self.first if self.is_small else None
        view = self.views[account_id] = View(self.size, version, everyone, self.top, nearby)
        return view


class _Question(NamedTuple):
    """Accounts of one board; the views of those that are `seen` are known, unless it has changed."""

    board_id: str
    known: _Board | None
    unseen: Sequence[str]
    seen: Sequence[str]

    def call(self) -> Call:
        """The script that answers it."""
        revision = b"" if self.known is None else self.known.revision
        words: list[str | int | bytes] = [
            ALL_BELOW,
            WINDOW,
            LINES_ABOVE,
            revision,
            len(self.unseen),
            *self.unseen,
            *self.seen,
        ]
        return Call(scripts.VIEW, board_keys(self.board_id), words)


class BoardViews:
    """Reads views; one per process."""

    def __init__(self, server: RankServer) -> None:
        self._server = server
        self._known: OrderedDict[str, _Board] = OrderedDict()

    async def read(self, requests: Sequence[tuple[str, str]]) -> list[View | None]:
        """Boards as seen by one of their accounts each; None where not ready, or without such a line."""
        askers: dict[str, dict[str, None]] = {}
        for board_id, account_id in requests:
            askers.setdefault(board_id, {})[account_id] = None
        questions = [
            question
            for board_id, accounts in askers.items()
            for question in self._questions(board_id, list(accounts))
        ]
        answers = await self._server.run([question.call() for question in questions])
        found: dict[tuple[str, str], View | None] = {}
        for question, answer in zip(questions, answers, strict=True):
            if answer is not None:
                for account_id, view in self._views(question, answer):
                    found[question.board_id, account_id] = view
        self._forget_oldest()
        return [found.get(request) for request in requests]

    def _questions(self, board_id: str, accounts: Sequence[str]) -> Iterator[_Question]:
        known = self._known.get(board_id)
        if known is not None:
            self._known.move_to_end(board_id)
        views = {} if known is None else known.views
        for at in range(0, len(accounts), VIEWS_A_CALL):
            some = accounts[at : at + VIEWS_A_CALL]
            unseen = [account_id for account_id in some if account_id not in views]
            yield _Question(board_id, known, unseen, [one for one in some if one in views])

    def _views(self, question: _Question, answer: Sequence[Any]) -> Iterator[tuple[str, View | None]]:
        size, revision, first, *told = answer
        # Nothing is told of the first lines, nor to those who have seen the rest, if they are as they were.
        board = question.known if first is None else self._board(question.board_id, revision, size, first)
        board = cast("_Board", board)
        accounts = [*question.unseen, *question.seen]
        for account_id, line in zip(accounts, told, strict=False):
            yield account_id, None if line is None else board.add(account_id, line)
        for account_id in accounts[len(told) :]:
            yield account_id, board.views[account_id]

    def _board(self, board_id: str, revision: bytes, size: int, first: bytes) -> _Board:
        board = self._known.get(board_id)
        if board is None or board.revision != revision:
            lines = read_ranked(first)
            board = self._known[board_id] = _Board(revision, size, lines, lines[:WINDOW])
        return board

    def _forget_oldest(self) -> None:
        while sum(board.lines for board in self._known.values()) > MOST_LINES:
            self._known.popitem(last=False)

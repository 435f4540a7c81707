"""Boards as their accounts see them. What was told of a board is remembered until the board has changed."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from app.ranking import scripts
from app.ranking.connection import Call, RankServer
from app.ranking.keys import board_keys
from app.ranking.lines import ALL_BELOW, LINES_ABOVE, WINDOW, RankedLine, View, read_ranked

VIEWS_A_CALL = 16
#: What a process remembers of all boards together; about ten megabytes.
MOST_LINES = 40_000


class _Seen(NamedTuple):
    """What an account saw at a revision: its line's version, the lines nearby and what these were made of."""

    revision: bytes
    version: int
    origin: tuple[int, bytes, int | None]
    nearby: list[RankedLine]


@dataclass(frozen=True, slots=True)
class _Board:
    """A board at one revision: all its lines if it is small, else the best; and what accounts have seen."""

    revision: bytes = b""
    size: int = 0
    text: bytes = b""
    first: list[RankedLine] = field(default_factory=list)
    top: list[RankedLine] = field(default_factory=list)
    seen: dict[str, _Seen] = field(default_factory=dict)

    @property
    def is_small(self) -> bool:
        """True if it is shown whole."""
        return self.size < ALL_BELOW

    @property
    def lines(self) -> int:
        """How many lines are remembered of it. What is seen of a small board are parts of its own."""
        return len(self.first) + len(self.seen) * (1 if self.is_small else WINDOW)

    def at(self, revision: bytes, size: int, text: bytes) -> "_Board":
        """The board at another revision; lines that are as before stay the same objects."""
        if text == self.text:
            return replace(self, revision=revision, size=size)
        lines = read_ranked(text)
        # Windows of a large board may be as they were; those of a small one would hold the lines it had.
        seen = {} if size < ALL_BELOW else self.seen
        return _Board(revision, size, text, lines, lines[:WINDOW], seen)

    def add(self, account_id: str, told: Sequence[Any]) -> None:
        """Let an account see its surroundings, of its version, its position and the lines there."""
        version, position = int(told[0]), told[1]
        text, better = (self.text, None) if self.is_small else told[2:]
        origin = position, text, better
        before = self.seen.get(account_id)
        nearby = before.nearby if before and before.origin == origin else self._nearby(*origin)
        self.seen[account_id] = _Seen(self.revision, version, origin, nearby)

    def view(self, account_id: str) -> View | None:
        """What the account has seen of this revision, if anything."""
        seen = self.seen.get(account_id)
        if seen is None or seen.revision != self.revision:
            return None
        everyone = self.first if self.is_small else None
        return View(self.size, seen.version, everyone, self.top, seen.nearby)

    def _nearby(self, position: int, text: bytes, better: int | None) -> list[RankedLine]:
        start = max(0, position - LINES_ABOVE)
        if better is None:
            return self.first[start : start + WINDOW]
        return read_ranked(text, position=start + 1, rank=better + 1)


class _Question(NamedTuple):
    """Accounts of one board: what some of them have seen of it as it is known, and those who have not."""

    board_id: str
    known: _Board
    unseen: Sequence[str]
    seen: Mapping[str, View]

    def call(self) -> Call:
        """The script that answers it."""
        words: list[str | int | bytes] = [ALL_BELOW, WINDOW, LINES_ABOVE, self.known.revision]
        words += [len(self.unseen), *self.unseen, *self.seen]
        return Call(scripts.VIEW, board_keys(self.board_id), words)


class BoardViews:
    """Reads views; one per process. Boards that nobody has looked at for longest are forgotten first."""

    def __init__(self, server: RankServer) -> None:
        self._server = server
        #: With the lines that were counted of each.
        self._known: OrderedDict[str, tuple[_Board, int]] = OrderedDict()
        self._lines = 0

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
                for account_id, view in self._views(question, answer).items():
                    found[question.board_id, account_id] = view
        return [found.get(request) for request in requests]

    def _questions(self, board_id: str, accounts: Sequence[str]) -> Iterator[_Question]:
        known = self._board(board_id)
        for at in range(0, len(accounts), VIEWS_A_CALL):
            views = {account_id: known.view(account_id) for account_id in accounts[at : at + VIEWS_A_CALL]}
            unseen = [account_id for account_id, view in views.items() if view is None]
            seen = {account_id: view for account_id, view in views.items() if view is not None}
            yield _Question(board_id, known, unseen, seen)

    def _views(self, question: _Question, answer: Sequence[Any]) -> dict[str, View | None]:
        size, revision, text, *told = answer
        views: dict[str, View | None] = {}
        if text is None:
            board = question.known
            views.update(question.seen)
        else:
            board = self._board(question.board_id)
            if board.revision != revision:
                board = board.at(revision, size, text)
        for account_id, line in zip([*question.unseen, *question.seen], told, strict=False):
            if line is not None:
                board.add(account_id, line)
                views[account_id] = board.view(account_id)
        self._remember(question.board_id, board)
        return views

    def _board(self, board_id: str) -> _Board:
        known = self._known.get(board_id)
        return _Board() if known is None else known[0]

    def _remember(self, board_id: str, board: _Board) -> None:
        # Counted as boards change, because to count them all each time would take longer the more there are.
        _, counted = self._known.pop(board_id, (None, 0))
        self._known[board_id] = board, board.lines
        self._lines += board.lines - counted
        while self._lines > MOST_LINES:
            _, (_, counted) = self._known.popitem(last=False)
            self._lines -= counted

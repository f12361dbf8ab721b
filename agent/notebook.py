"""What the agent must remember between messages: answers with their feedback, proposals that wait."""

import json
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from agent.facts import Digest, Gap, Proposal
from knowledge.words import asked

_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    id TEXT PRIMARY KEY, community TEXT NOT NULL, member TEXT NOT NULL, question TEXT NOT NULL,
    answered INTEGER NOT NULL, at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS answers_by_time ON answers (community, at);
CREATE TABLE IF NOT EXISTS ratings (
    answer TEXT NOT NULL, member TEXT NOT NULL, rating TEXT NOT NULL, PRIMARY KEY (answer, member));
CREATE TABLE IF NOT EXISTS proposals (
    id TEXT PRIMARY KEY, community TEXT NOT NULL, member TEXT NOT NULL, command TEXT NOT NULL,
    vals TEXT NOT NULL, missing TEXT NOT NULL, changes INTEGER NOT NULL, done INTEGER NOT NULL DEFAULT 0,
    at TEXT NOT NULL);
"""
RATINGS = ("good", "bad", "not_answered")
# A button in an old message must not start anything that its owner has forgotten.
PROPOSAL_LIVES = timedelta(days=1)
# The digest looks back a week; what was asked long before is nobody's business any more.
ANSWER_LIVES = timedelta(days=90)
SAME_GAP = 0.5


@dataclass(frozen=True)
class _Asked:
    id: str
    member: str
    question: str
    answered: bool
    at: datetime


class Notebook:
    """One SQLite file; every row belongs to a community and a member. Any thread may call, one at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, timeout=30)
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _SCHEMA)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def note_answer(self, community: str, member: str, question: str, *, answered: bool, at: datetime) -> str:
        """Remember that a question was asked; return the answer's id."""
        key = uuid4().hex
        with self._lock, self._db:
            row = (key, community, member, question, int(answered), _at(at))
            self._db.execute("INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?)", row)
        return key

    def questions_of(self, member: str) -> list[dict[str, str]]:
        """Return what a member asked and when, the oldest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT question, at FROM answers WHERE member = ? ORDER BY at", (member,)
            ).fetchall()
        return [{"question": question, "at": at} for question, at in rows]

    def rate(self, community: str, member: str, answer: str, rating: str | None) -> bool:
        """Keep, change or withdraw a member's word on an answer; False when there is no such answer."""
        if rating is not None and rating not in RATINGS:
            raise ValueError(f"no such rating: {rating}")
        with self._lock, self._db:
            found = self._db.execute(
                "SELECT 1 FROM answers WHERE id = ? AND community = ?", (answer, community)
            ).fetchone()
            if found is None:
                return False
            if rating is None:
                self._db.execute("DELETE FROM ratings WHERE answer = ? AND member = ?", (answer, member))
            else:
                self._db.execute("INSERT OR REPLACE INTO ratings VALUES (?, ?, ?)", (answer, member, rating))
        return True

    def forget(self, member: str) -> None:
        """Delete a member's questions, ratings and proposals."""
        with self._lock, self._db:
            own = "SELECT id FROM answers WHERE member = ?"
            self._db.execute(f"DELETE FROM ratings WHERE member = ? OR answer IN ({own})", (member, member))  # noqa: S608
            self._db.execute("DELETE FROM answers WHERE member = ?", (member,))
            self._db.execute("DELETE FROM proposals WHERE member = ?", (member,))

    def prune(self, now: datetime) -> int:
        """Throw away answers, with their ratings, and proposals that are too old; return how many answers."""
        with self._lock, self._db:
            self._db.execute("DELETE FROM proposals WHERE at < ?", (_at(now - PROPOSAL_LIVES),))
            gone = self._db.execute("DELETE FROM answers WHERE at < ?", (_at(now - ANSWER_LIVES),)).rowcount
            self._db.execute("DELETE FROM ratings WHERE answer NOT IN (SELECT id FROM answers)")
        return gone

    def digest(self, community: str, since: datetime) -> Digest:
        """Count what was asked since then and group what was not answered."""
        after = _at(since)
        with self._lock:
            rows = self._db.execute(
                "SELECT id, member, question, answered, at FROM answers"
                " WHERE community = ? AND at >= ? ORDER BY at",
                (community, after),
            ).fetchall()
            rated = self._db.execute(
                "SELECT r.answer, r.rating FROM ratings r JOIN answers a ON a.id = r.answer"
                " WHERE a.community = ? AND a.at >= ?",
                (community, after),
            ).fetchall()
        all_asked = [_Asked(r[0], r[1], r[2], bool(r[3]), datetime.fromisoformat(r[4])) for r in rows]
        lacking = {answer for answer, rating in rated if rating == "not_answered"}
        open_ones = [one for one in all_asked if not one.answered or one.id in lacking]
        counts = {name: sum(rating == name for _, rating in rated) for name in RATINGS}
        return Digest(
            since,
            len(all_asked),
            len(all_asked) - len(open_ones),
            counts["good"],
            counts["bad"],
            counts["not_answered"],
            tuple(_gaps(open_ones)),
        )

    def propose(
        self, community: str, member: str, proposal: Proposal, at: datetime, *, replaces: str = ""
    ) -> None:
        """Keep a proposal; the one that it replaces can no longer be confirmed."""
        row = (
            proposal.id,
            community,
            member,
            proposal.command,
            json.dumps(proposal.values),
            json.dumps(proposal.missing),
            int(proposal.changes),
            _at(at),
        )
        with self._lock, self._db:
            self._db.execute("INSERT INTO proposals VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)", row)
            self._db.execute("UPDATE proposals SET done = 1 WHERE id = ?", (replaces,))

    def proposal(self, community: str, member: str, key: str, now: datetime) -> Proposal | None:
        """Return a member's own proposal while it lives."""
        oldest = _at(now - PROPOSAL_LIVES)
        sql = (
            "SELECT id, command, vals, missing, changes, done FROM proposals"
            " WHERE id = ? AND community = ? AND member = ? AND at >= ?"
        )
        with self._lock:
            row = self._db.execute(sql, (key, community, member, oldest)).fetchone()
        if row is None:
            return None
        return Proposal(
            row[0], row[1], json.loads(row[2]), tuple(json.loads(row[3])), bool(row[4]), bool(row[5])
        )

    def amend(self, proposal: Proposal) -> None:
        """Keep changed values of a proposal that waits."""
        with self._lock, self._db:
            self._db.execute(
                "UPDATE proposals SET vals = ?, missing = ? WHERE id = ? AND done = 0",
                (json.dumps(proposal.values), json.dumps(proposal.missing), proposal.id),
            )

    def take(self, key: str) -> bool:
        """Mark a proposal as done; False when somebody was faster: a double press starts one run."""
        with self._lock, self._db:
            return (
                self._db.execute("UPDATE proposals SET done = 1 WHERE id = ? AND done = 0", (key,)).rowcount
                == 1
            )

    def give_back(self, key: str) -> None:
        """Let a proposal be confirmed again after a refusal."""
        with self._lock, self._db:
            self._db.execute("UPDATE proposals SET done = 0 WHERE id = ?", (key,))


def _at(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _gaps(open_ones: Iterable[_Asked]) -> list[Gap]:
    """Group questions that share most of their words; the commonest group first."""
    groups: list[tuple[set[str], list[_Asked]]] = []
    for one in open_ones:
        about = set(asked(one.question))
        for known, members in groups:
            if about and len(about & known) / len(about | known) >= SAME_GAP:
                members.append(one)
                break
        else:
            groups.append((about, [one]))
    groups.sort(key=lambda group: (-len(group[1]), group[1][-1].at))
    return [
        Gap(
            members[0].question,
            len(members),
            len({one.member for one in members}),
            tuple(dict.fromkeys(one.question for one in members[1:]))[:3],
            members[-1].at,
        )
        for _, members in groups
    ]

"""The rows of the core; they never leave this room.

Ids are short random texts (`datanets.ids`), times are aware UTC. Every row that belongs to a community
says so, or hangs on one that does.
"""

from datanets.tables.columns import Base, Moment
from datanets.tables.contributions import BallotRow, ContributionRow, DatanetRow, Quota, Reservation
from datanets.tables.conversations import ComparisonRow, ConversationRow, Feedback, Pick, TurnRow
from datanets.tables.ledger import LedgerEntry, LedgerTransaction
from datanets.tables.people import AccountRow, Community, LinkCode, Member, Membership, PlaceRow
from datanets.tables.platforms import Draft, Fault, InboxRow, NewsRow, PostingRow, RoomMessage
from datanets.tables.training import Budget, ReleaseItemRow, ReleaseRow, RunPoint, RunRow, WorkerRow

__all__ = [
    "AccountRow",
    "BallotRow",
    "Base",
    "Budget",
    "Community",
    "ComparisonRow",
    "ContributionRow",
    "ConversationRow",
    "DatanetRow",
    "Draft",
    "Fault",
    "Feedback",
    "InboxRow",
    "LedgerEntry",
    "LedgerTransaction",
    "LinkCode",
    "Member",
    "Membership",
    "Moment",
    "NewsRow",
    "Pick",
    "PlaceRow",
    "PostingRow",
    "Quota",
    "ReleaseItemRow",
    "ReleaseRow",
    "Reservation",
    "RoomMessage",
    "RunPoint",
    "RunRow",
    "TurnRow",
    "WorkerRow",
]

"""The tables of a server node; importing this package makes all of them known."""

from .base import Base
from .datasets import ChunkRow, Dataset, DatasetEvent
from .identity import AccountDocument, AccountKey, Challenge, Invited, Registered, Token, User, UserDevice
from .jobs import Job, JobEvent
from .news import News
from .node import Writer
from .projects import Consent, Draft, DraftMember, Membership, Project, Reminder, Revision

__all__ = [
    "AccountDocument", "AccountKey", "Base", "Challenge", "ChunkRow", "Consent", "Dataset", "DatasetEvent", "Draft",
    "DraftMember", "Invited", "Job", "JobEvent", "Membership", "News", "Project", "Registered", "Reminder",
    "Revision", "Token", "User", "UserDevice", "Writer",
]  # fmt: skip

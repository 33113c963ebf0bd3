"""The tables of a server node; importing this package makes all of them known."""

from server_node.storage.rows.base import Base as Base
from server_node.storage.rows.datasets import ChunkRow as ChunkRow
from server_node.storage.rows.datasets import Dataset as Dataset
from server_node.storage.rows.datasets import DatasetEvent as DatasetEvent
from server_node.storage.rows.identity import AccountDocument as AccountDocument
from server_node.storage.rows.identity import AccountKey as AccountKey
from server_node.storage.rows.identity import Challenge as Challenge
from server_node.storage.rows.identity import Invited as Invited
from server_node.storage.rows.identity import Registered as Registered
from server_node.storage.rows.identity import Token as Token
from server_node.storage.rows.identity import User as User
from server_node.storage.rows.identity import UserDevice as UserDevice
from server_node.storage.rows.jobs import Job as Job
from server_node.storage.rows.jobs import JobEvent as JobEvent
from server_node.storage.rows.news import News as News
from server_node.storage.rows.node import Writer as Writer
from server_node.storage.rows.projects import Consent as Consent
from server_node.storage.rows.projects import Draft as Draft
from server_node.storage.rows.projects import DraftMember as DraftMember
from server_node.storage.rows.projects import Membership as Membership
from server_node.storage.rows.projects import Project as Project
from server_node.storage.rows.projects import Reminder as Reminder
from server_node.storage.rows.projects import Revision as Revision

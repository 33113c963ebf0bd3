"""A deployment: which nodes there are, by which keys and certificates, and the kit they are installed from."""

from common.deployment.description import HELPER as HELPER
from common.deployment.description import MAX_BYTES as MAX_BYTES
from common.deployment.description import ROLES as ROLES
from common.deployment.description import VERSION as VERSION
from common.deployment.description import Deployment as Deployment
from common.deployment.description import NodeEntry as NodeEntry

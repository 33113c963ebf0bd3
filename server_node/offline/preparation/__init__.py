"""Preparation: the correlations of a plan are made, all before the first is used or ahead of those that are used."""

from server_node.offline.preparation.agreement import Job as Job
from server_node.offline.preparation.agreement import Side as Side
from server_node.offline.preparation.lanes import Ahead as Ahead
from server_node.offline.preparation.lanes import Lanes as Lanes
from server_node.offline.preparation.lanes import start as start
from server_node.offline.preparation.making import Prepared as Prepared
from server_node.offline.preparation.making import prepare as prepare
from server_node.offline.preparation.meter import Cost as Cost
from server_node.offline.preparation.meter import Meter as Meter

"""Networks as data: a public frozen extractor and a secret trained part, written as a short list of nodes."""

from common.architecture.checks import parse_architecture
from common.architecture.description import build_architecture, check_project, check_range
from common.architecture.nodes import Architecture, Node, Pixels, Shape
from common.architecture.start import initial_tensors
from common.architecture.suited import Suited, suited_preparation

__all__ = [
    "Architecture",
    "Node",
    "Pixels",
    "Shape",
    "Suited",
    "build_architecture",
    "check_project",
    "check_range",
    "initial_tensors",
    "parse_architecture",
    "suited_preparation",
]

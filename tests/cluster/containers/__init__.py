"""The cluster as containers of this machine's engine, made of images that the test run builds."""

from .cluster import ContainerCluster
from .container import Container, NeverReady, Recipe
from .engine import LABEL, NoEngine, remove_leftovers, require_engine, settle_who_cleans_up, this_machine_for_containers
from .images import Images, NotBuilt, build, pinned
from .starter import Containers

__all__ = [
    "LABEL",
    "Container",
    "ContainerCluster",
    "Containers",
    "Images",
    "NeverReady",
    "NoEngine",
    "NotBuilt",
    "Recipe",
    "build",
    "pinned",
    "remove_leftovers",
    "require_engine",
    "settle_who_cleans_up",
    "this_machine_for_containers",
]

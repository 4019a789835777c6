"""The cluster as containers of this machine's engine, made of images that the test run builds."""

from .cluster import ContainerCluster
from .container import Container, NeverReady, Recipe
from .engine import NoEngine, require_engine, settle_who_cleans_up
from .images import Images, NotBuilt, build, pinned
from .starter import Containers, this_machine_for_containers

__all__ = [
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
    "require_engine",
    "settle_who_cleans_up",
    "this_machine_for_containers",
]

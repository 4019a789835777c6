"""The whole cluster as processes of this machine: started, watched, stopped in order."""

from flowctl.cluster.cluster import Cluster, GatewayPortTaken
from flowctl.cluster.description import Description, ServiceEntry
from flowctl.cluster.environment import BadBusTls, BadRootPassword
from flowctl.cluster.process import Process
from flowctl.cluster.readiness import ClusterNotStarted, SettingsRefused
from flowctl.cluster.services import SERVICES, ServiceSpec
from flowctl.cluster.watcher import Silent, Watcher

__all__ = [
    "SERVICES",
    "BadBusTls",
    "BadRootPassword",
    "Cluster",
    "ClusterNotStarted",
    "Description",
    "GatewayPortTaken",
    "Process",
    "ServiceEntry",
    "ServiceSpec",
    "SettingsRefused",
    "Silent",
    "Watcher",
]

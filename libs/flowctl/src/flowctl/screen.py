"""Where everything is, and how to sign in, on one screen."""

import os
import sys
from pathlib import Path

from rich.text import Text

from flowctl.cluster import Cluster
from flowctl.cluster.root_admin import EMAIL, RootAdmin

INDENT = "  "


def screen(cluster: Cluster, seconds: float) -> Text:
    rows = [
        ("Gateway", cluster.gateway_url),
        ("Docs", f"{cluster.gateway_url}/api/docs"),
        ("Healthcheck", f"{cluster.gateway_url}/api/v1/healthcheck"),
        ("NATS", f"{cluster.nats.url}, monitoring at {cluster.nats.monitor_url}"),
        *(("Database", _place(service.database_url)) for service in cluster.services if service.database_url),
        ("Addresses", f"{_shown(cluster.state.description)}, with the passwords of NATS and the databases"),
        ("Logs", _shown(cluster.state.logs)),
        ("Sign in", _sign_in(cluster.root_admin)),
    ]
    text = Text("\n").append(f"{INDENT}The cluster runs, ready in {seconds:.1f} s. Ctrl-C stops it.\n\n", "bold green")
    for name, value in rows:
        text.append(f"{INDENT}{name:<12}", "dim").append(f"{value}\n")
    text.append(f"\n{INDENT}Try\n", "dim").append("".join(f"{INDENT}  {line}\n" for line in _to_try(cluster)))
    return text.append(f"\n{INDENT}Each request's flow tree follows as it happens.\n", "dim")


def _place(database_url: str) -> str:
    """Without its password."""
    scheme, _, rest = database_url.partition("://")
    user, _, place = rest.partition(":")
    return f"{scheme}://{user}@{place.rpartition('@')[2]}"


def _shown(path: Path) -> str:
    return os.path.relpath(path)


def _sign_in(root: RootAdmin) -> str:
    if root.is_given:
        return f"{EMAIL}, with ROOT_ADMIN_PASSWORD"
    if root.password:
        return f"{EMAIL}, password {root.password} (shown this once)"
    return f"{EMAIL}, with the password it has; `flow seed --new-password` makes another"


def _to_try(cluster: Cluster) -> list[str]:
    password = None if cluster.root_admin.is_given else cluster.root_admin.password
    login = f"curl -s {cluster.gateway_url}/api/v1/admin/login -H 'Content-Type: application/json' -d"
    return [
        f"curl -s {cluster.gateway_url}/api/v1/healthcheck",
        f'{login} \'{{"email": "{EMAIL}", "password": "{password or "..."}"}}\'',
        f"{_shown(Path(sys.argv[0]))} ls",
    ]

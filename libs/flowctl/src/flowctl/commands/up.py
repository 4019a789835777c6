"""`flow up`: the whole cluster on this machine, until Ctrl-C."""

import time
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators
from flowkit.servers import FolderInUse, ServerNotStarted

from flowctl.cluster import (
    SERVICES,
    BadBusTls,
    BadRootPassword,
    Cluster,
    ClusterNotStarted,
    GatewayPortTaken,
    SettingsRefused,
)
from flowctl.failure import WRONGLY_ASKED, Failure
from flowctl.narrator import Narrator
from flowctl.screen import screen
from flowctl.signals import Stopping
from flowctl.terminal import Terminal

PortNumber = Annotated[int, Parameter(env_var="PORT", validator=validators.Number(gte=0, lte=65535))]


async def up(*, port: PortNumber = 3001, host: str = "127.0.0.1") -> None:
    """Start the whole cluster here, show each request as it happens, and stop it all on Ctrl-C.

    Parameters
    ----------
    port
        Where the gateway listens; 0 for any free port.
    host
        The address the gateway listens on.
    """
    folder, terminal = Path.cwd() / ".flow", Terminal()
    try:
        async with Narrator(terminal, [spec.name for spec in SERVICES]) as narrator:
            await _run(Cluster(folder, port=port, host=host, watcher=narrator), terminal)
    except GatewayPortTaken as taken:
        raise Failure(f"{taken}. Choose another: PORT={port + 1} make up", WRONGLY_ASKED) from None
    except FolderInUse as fault:
        raise Failure(f"a cluster of this folder runs already, as process {fault.holder}", WRONGLY_ASKED) from None
    except PermissionError as fault:
        raise Failure(f"{fault.filename} belongs to another user: {fault.strerror}") from None
    except (BadBusTls, BadRootPassword, SettingsRefused) as fault:
        raise Failure(str(fault), WRONGLY_ASKED) from None
    except (ServerNotStarted, ClusterNotStarted) as fault:
        raise Failure(str(fault)) from None
    finally:
        terminal.close()


async def _run(cluster: Cluster, terminal: Terminal) -> None:
    began = time.monotonic()
    with Stopping(at_once=cluster.kill) as stopping:
        if not await stopping.unless_asked(cluster.start()):
            return
        try:
            terminal.show(screen(cluster, time.monotonic() - began))
            await stopping.asked()
        finally:
            await cluster.stop()

"""`flow seed`: the first administrator."""

import os
from typing import Annotated

from cyclopts import Parameter

from flowctl.cluster.root_admin import forget_given_password
from flowctl.cluster.services import ADMIN, SERVICES
from flowctl.cluster_at_hand import database_urls, nats_url, state_folder
from flowctl.commands.service_program import run


def seed(*, new_password: Annotated[bool, Parameter(negative=())] = False) -> None:
    """Make sure that the root administrator exists.

    Parameters
    ----------
    new_password
        Make a new password for it, and show it once.
    """
    module = next(spec.module for spec in SERVICES if spec.name == ADMIN)
    database = os.environ.get("DATABASE_URL") or database_urls()[ADMIN]
    arguments = ["--new-password"] if new_password else []
    run(module, "seed", *arguments, DATABASE_URL=database, NATS_URL=nats_url())
    if new_password:
        forget_given_password(state_folder())

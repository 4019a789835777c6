"""Infrastructure: processes, NATS, PostgreSQL, and the telemetry pipeline itself."""

from deploy.grafana.dashboards.board import Board, Row
from deploy.grafana.dashboards.boards import jetstream, limits, nats, pipeline, postgres, processes
from deploy.grafana.dashboards.places import INFRASTRUCTURE
from deploy.grafana.dashboards.variables import service


def board() -> Board:
    return Board(
        INFRASTRUCTURE,
        "What the flows stand on: processes and their limits, NATS, PostgreSQL, and the telemetry itself.",
        (service(),),
        (
            Row("Processes", processes.panels()),
            Row("How near to the limits", limits.panels()),
            Row("NATS", nats.panels()),
            Row("JetStream", jetstream.panels()),
            Row("PostgreSQL", postgres.panels()),
            Row("Telemetry: from the services to where it is read", pipeline.panels()),
        ),
    )

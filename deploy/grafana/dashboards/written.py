"""Every dashboard there is, and the JSON of each."""

from pathlib import Path
from typing import Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana.dashboards.boards import events, flows, infrastructure, logs, overview, traces

FOLDER: Final = Path(__file__).parents[1] / "provisioned"
BOARDS: Final = (overview.board, flows.board, events.board, traces.board, logs.board, infrastructure.board)


def written() -> dict[str, str]:
    """Each file by its name."""
    boards = [board() for board in BOARDS]
    encoder = JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False)
    return {f"{board.place.file}.json": encoder.encode(board.build()) + "\n" for board in boards}

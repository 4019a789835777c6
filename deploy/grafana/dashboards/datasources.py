"""Where data come from, by the uids of provisioning/datasources."""

from typing import Final

from grafana_foundation_sdk.models.common import DataSourceRef

PROMETHEUS: Final = DataSourceRef("prometheus", "prometheus")
TEMPO: Final = DataSourceRef("tempo", "tempo")
LOKI: Final = DataSourceRef("loki", "loki")

"""How requests and flows may end, as matchers of PromQL."""

from typing import Final

from flowkit.telemetry import names
from flowkit.telemetry.spans import SERVER_FAULTS

_CODE: Final = names.LABEL_ERROR_CODE

WELL: Final = f'{_CODE}="{names.NO_ERROR}"'
NOT_WELL: Final = f'{_CODE}!="{names.NO_ERROR}"'
OUR_FAULT: Final = f'{_CODE}=~"{"|".join(sorted(SERVER_FAULTS))}"'
STATUS_OF_OUR_FAULT: Final = f'{names.LABEL_STATUS}=~"5.."'

"""What a caller does about those who do not answer: asks again within bounds, or leaves them alone for a while."""

from flowkit.resilience.breaker import Breaker, Circuit
from flowkit.resilience.budget import RetryBudget
from flowkit.resilience.callees import Callee, Callees
from flowkit.resilience.ending import Ending
from flowkit.resilience.options import Options

__all__ = ["Breaker", "Callee", "Callees", "Circuit", "Ending", "Options", "RetryBudget"]

"""Which payments fail is decided by the order alone, and as many do as was said."""

from decimal import Decimal
from uuid import UUID

import pytest
from payment_service.ports import Charge
from payment_service.simulated import SimulatedProvider

CHARGES = [Charge(str(UUID(int=number)), str(UUID(int=1)), Decimal("1.00")) for number in range(4000)]


async def refused(share: float) -> set[str]:
    provider = SimulatedProvider(share)
    return {charge.order_id for charge in CHARGES if await provider.take(charge) == "declined"}


async def test_asked_again_it_says_what_it_said() -> None:
    assert await refused(0.3) == await refused(0.3)


async def test_whoever_is_declined_at_a_share_is_declined_at_every_greater_one() -> None:
    assert await refused(0.1) < await refused(0.5) < await refused(1.0)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.25, 0.5, 1.0])
async def test_as_many_fail_as_was_said(share: float) -> None:
    # The same orders each time, so this cannot come out differently tomorrow.
    assert abs(len(await refused(share)) / len(CHARGES) - share) <= 0.02


async def test_none_fails_at_zero_and_all_at_one() -> None:
    assert await refused(0.0) == set()
    assert len(await refused(1.0)) == len(CHARGES)

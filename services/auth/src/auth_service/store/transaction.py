"""A transaction of auth's database; what is done in it lies with each topic's own file."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Transaction:
    connection: AsyncConnection

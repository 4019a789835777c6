"""One suite over the fake and PostgreSQL, which keeps the fake honest."""

import asyncio
from decimal import Decimal
from uuid import uuid4

import pytest
from contracts.order import Item, Order
from flowkit import postgres
from flowkit.postgres import PostgresOptions, migrations
from flowkit.servers import PostgresServer
from order_service.basket import Basket
from order_service.ports import Standing, Store
from order_service.store import Transaction
from order_service.tables import schema
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from .fakes import FakeStore

ADA, BOB, NOBODY = str(uuid4()), str(uuid4()), str(uuid4())
BASKET = Basket.of(
    [Item(product_id="product-b", quantity=3, price="0.10"), Item(product_id="product-a", quantity=1, price=20)]
)


@pytest.fixture(params=["fake", "real"])
def store(request: pytest.FixtureRequest) -> Store:
    return FakeStore() if request.param == "fake" else request.getfixturevalue("real_store")


async def add(store: Store, customer_id: str = ADA) -> Order:
    async with store.transaction() as tx:
        return await tx.add(customer_id, BASKET)


async def add_welcome(store: Store, customer_id: str = ADA) -> Order | None:
    async with store.transaction() as tx:
        return await tx.add_welcome(customer_id, BASKET)


async def test_an_order_is_found_as_it_was_placed(store: Store) -> None:
    placed = await add(store)

    async with store.reading() as tx:
        assert await tx.find(placed.id, ADA) == await tx.find(placed.id, None) == placed
    assert [(each.product_id, str(each.price)) for each in placed.items] == [
        ("product-b", "0.10"),
        ("product-a", "20.00"),
    ]
    assert (placed.status, placed.origin, str(placed.total)) == ("pending", "customer", "20.30")
    assert placed.created_at == placed.updated_at
    assert str(placed.created_at.tzinfo) == "UTC"


async def test_somebody_elses_order_is_not_found(store: Store) -> None:
    placed = await add(store)

    async with store.reading() as tx:
        assert await tx.find(placed.id, BOB) is None
        assert await tx.find(NOBODY, None) is None


async def test_pages_show_the_newest_first_and_only_whose_they_are(store: Store) -> None:
    ids = [(await add(store)).id for _ in range(3)]
    bobs = (await add(store, BOB)).id

    async with store.reading() as tx:
        pages = [[each.id for each in await tx.page(ADA, page, 2)] for page in (1, 2, 3)]
        everybodys = [each.id for each in await tx.page(None, 1, 10)]
        assert (await tx.count(ADA), await tx.count(BOB), await tx.count(None)) == (3, 1, 4)
    assert pages == [[ids[2], ids[1]], [ids[0]], []]
    assert everybodys == [bobs, *ids[::-1]]


async def test_a_list_tells_how_much_was_ordered_and_not_what(store: Store) -> None:
    placed = await add(store)

    async with store.reading() as tx:
        (shown,) = await tx.page(ADA, 1, 10)

    assert (shown.id, shown.item_count, shown.total) == (placed.id, 2, Decimal("20.30"))


async def test_the_newest_of_a_customer_are_told_from_any_place_on_with_all_that_is_in_them(store: Store) -> None:
    ids = [(await add(store)).id for _ in range(4)]
    await add(store, BOB)

    async with store.reading() as tx:
        first = await tx.newest(ADA, None, 2)
        rest = await tx.newest(ADA, first[-1].id, 10)
        items = await tx.items_of([each.id for each in rest])
        assert await tx.items_of([]) == {}

    assert [each.id for each in (*first, *rest)] == ids[::-1]
    assert items == dict.fromkeys(ids[:2], BASKET.items)


async def test_there_is_one_welcome_order_to_a_customer(store: Store) -> None:
    first = await add_welcome(store)
    assert first is not None
    assert first.origin == "welcome"
    assert await add_welcome(store) is None
    assert await add_welcome(store, BOB) is not None
    await add(store)

    async with store.reading() as tx:
        assert await tx.count(ADA) == 2
        assert await tx.find(first.id, ADA) == first


async def test_an_order_is_ended_by_a_payment(store: Store) -> None:
    placed, payment = await add(store), str(uuid4())

    async with store.transaction() as tx:
        assert await tx.standing(placed.id) == Standing("pending", Decimal("20.30"))
        await tx.settle(placed.id, "paid", payment)
        assert await tx.standing(placed.id) == Standing("paid", Decimal("20.30"), payment)
        assert await tx.standing(NOBODY) is None

    async with store.reading() as tx:
        ended = await tx.find(placed.id, ADA)
    assert ended is not None
    assert ended.status == "paid"
    assert ended.updated_at > ended.created_at


async def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    async def add_and_fail() -> None:
        async with store.transaction() as tx:
            await tx.add(ADA, BASKET)
            raise KeyError

    with pytest.raises(KeyError):
        await add_and_fail()

    async with store.reading() as tx:
        assert await tx.count(None) == 0


async def test_tables_and_migrations_agree(migrated_url: str) -> None:
    assert await migrations.drift(PostgresOptions(migrated_url), schema) == []


async def test_an_index_that_was_broken_off_is_begun_anew(postgres_server: PostgresServer) -> None:
    url = await postgres_server.create_database("order_broken_off")
    await migrations.apply(PostgresOptions(url), schema)
    async with postgres.connect(PostgresOptions(url), Transaction) as store, store.transaction() as tx:
        await tx.connection.execute(text("UPDATE alembic_version SET version_num = '0003'"))

    await migrations.apply(PostgresOptions(url), schema)

    assert await migrations.drift(PostgresOptions(url), schema) == []


async def test_however_often_one_connection_gives_welcome_orders_there_is_one_to_a_customer(
    real_store: postgres.Store[Transaction],
) -> None:
    for _ in range(12):
        newcomer = str(uuid4())
        assert await add_welcome(real_store, newcomer) is not None
        assert await add_welcome(real_store, newcomer) is None


async def test_of_two_who_give_a_welcome_order_at_once_one_does(real_store: postgres.Store[Transaction]) -> None:
    given = await asyncio.gather(*(add_welcome(real_store) for _ in range(2)))

    assert sorted(each is None for each in given) == [False, True]


@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE orders SET status = 'lost'",
        "UPDATE orders SET status = 'paid'",
        "UPDATE orders SET payment_id = uuidv7()",
        "UPDATE orders SET origin = 'nowhere'",
        "UPDATE order_items SET quantity = 0",
        "UPDATE order_items SET price = 0.001",
    ],
)
async def test_what_cannot_be_is_refused_by_the_database_too(
    real_store: postgres.Store[Transaction], wrong: str
) -> None:
    await add(real_store)

    async def spoil() -> None:
        async with real_store.transaction() as tx:
            await tx.connection.execute(text(wrong))

    with pytest.raises(DBAPIError, match="check constraint"):
        await spoil()


async def test_the_greatest_order_there_can_be_is_kept_to_the_cent(real_store: postgres.Store[Transaction]) -> None:
    dearest = Item(product_id="product-" + "x" * 92, quantity=9999, price="999999.99")
    basket = Basket.of([dearest] * 100)

    async with real_store.transaction() as tx:
        placed = await tx.add(ADA, basket)

    async with real_store.reading() as tx:
        assert await tx.find(placed.id, ADA) == placed
    assert placed.total == Decimal("999899990001.00")

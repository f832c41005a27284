"""The fixtures hand out real servers."""

from rapport_testing.databases import Database
from rapport_testing.topics import Topics


async def test_a_database_is_fresh_and_owned_by_an_ordinary_role(database: Database) -> None:
    connection = await database.connect()
    try:
        assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
        assert await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        await connection.execute("CREATE TABLE things (id int)")
    finally:
        await connection.close()
    owner = await database.connect_owner()
    try:
        await owner.execute("CREATE EXTENSION pg_trgm")
    finally:
        await owner.close()


async def test_topics_hold_what_was_sent(topics: Topics) -> None:
    from aiokafka import AIOKafkaProducer

    (name,) = await topics.create("rapport.complaints")
    producer = AIOKafkaProducer(bootstrap_servers=topics.bootstrap, enable_idempotence=True)
    await producer.start()
    try:
        for number in range(20):
            await producer.send_and_wait(name, str(number).encode(), key=str(number).encode())
    finally:
        await producer.stop()
    assert sorted(int(record.value) for record in await topics.dump("rapport.complaints")) == list(range(20))

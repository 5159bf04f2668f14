"""The infrastructure that other tests stand on."""

import smtplib

import psycopg2
import pytest
from sqlalchemy import create_engine

from chassis.database.bootstrap import bootstrap, missing_leakproof, role_names


def test_roles_cannot_bypass_row_level_security(databases):
    """No role a service uses is a superuser, bypasses row-level security, or may connect elsewhere."""
    database = databases.create_empty("probe")
    with psycopg2.connect(databases.superuser_url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname LIKE %s",
            [f"{database.service}\\_%"],
        )
        assert cursor.fetchall() == [(False,) * 4] * 3
    other = databases.create_empty("other")
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        psycopg2.connect(other.url(f"{database.name}_app").replace("+psycopg2", ""))


def test_bootstrap_twice_changes_nothing(databases):
    """Bootstrap may be run again over a database in use, and every LEAKPROOF mark is there afterwards."""
    database = databases.create_empty("again")
    bootstrap(databases.superuser_url, [database.name], dict.fromkeys(role_names([database.name]), "test"))
    engine = create_engine(database.app_url)
    with engine.connect() as connection:
        assert missing_leakproof(connection) == []
    engine.dispose()


def test_tables_of_the_owner_serve_app_and_worker(databases):
    """A table the owner makes is writable by app and worker, readable by backup, and closed to everyone else."""
    database = databases.create_empty("tables")
    with psycopg2.connect(database.owner_url.replace("+psycopg2", "")) as owner, owner.cursor() as cursor:
        cursor.execute("CREATE TABLE things (id bigint GENERATED ALWAYS AS IDENTITY, name text)")
    for url in (database.app_url, database.worker_url):
        with psycopg2.connect(url.replace("+psycopg2", "")) as user, user.cursor() as cursor:
            cursor.execute("INSERT INTO things (name) VALUES ('x') RETURNING id")
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute("CREATE TABLE mine (id int)")


def test_mail_is_kept(mail_sink):
    """A mail the sink accepted can be read at once, Chinese included."""
    from email.message import EmailMessage

    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", "张@example.com", "验证码"
    message.set_content("您的验证码是 123456。")
    with smtplib.SMTP("127.0.0.1", mail_sink.port) as client:
        client.send_message(message, "a@example.com", ["zhang@example.com"])
    mail = mail_sink.inbox.wait_for("zhang@example.com")
    assert (mail.subject, mail.code) == ("验证码", "123456")


async def _round_trip(url):
    import nats

    client = await nats.connect(url)
    stream = client.jetstream()
    await stream.add_stream(name="t", subjects=["t.>"])
    ack = await stream.publish("t.x", b"y")
    await client.close()
    return ack.seq


def test_broker_keeps_streams(broker, new_broker):
    """Every broker has JetStream and is empty at first, whichever test asks for it."""
    import asyncio

    assert [asyncio.run(_round_trip(server.url)) for server in (broker, new_broker())] == [1, 1]

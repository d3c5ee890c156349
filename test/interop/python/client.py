"""The interop scenarios with the official Python client: client.py <scenario> <host:port> <certs>."""

import asyncio
import ssl
import sys
from pathlib import Path

import nats
from nats.errors import MaxPayloadError, NoRespondersError

SCENARIO, ADDRESS, CERTS = sys.argv[1], sys.argv[2], Path(sys.argv[3])


class Client:
    """Opens connections and remembers what they report."""

    def __init__(self):
        self.connections = []
        self.errors = asyncio.Queue()
        self.events = asyncio.Queue()

    async def open(self, scheme="nats", **options):
        async def on_error(error):
            await self.errors.put(error)

        def event(name):
            async def callback():
                await self.events.put(name)

            return callback

        options.setdefault("allow_reconnect", False)
        options.setdefault("connect_timeout", 5)
        nc = await nats.connect(
            f"{scheme}://{ADDRESS}",
            error_cb=on_error,
            reconnected_cb=event("reconnected"),
            lame_duck_mode_cb=event("lame duck"),
            **options,
        )
        self.connections.append(nc)
        return nc

    async def refused(self, pattern, **options):
        try:
            await self.open(**options)
        except Exception as error:  # any class: the text is what matters
            seen = [str(error)]
            while not self.errors.empty():
                seen.append(str(self.errors.get_nowait()))
            assert pattern in " ".join(seen).lower(), seen
            return
        raise AssertionError("connected although it must not")

    async def close(self):
        for nc in self.connections:
            if not nc.is_closed:
                await nc.close()


async def take(sub, count):
    return [await sub.next_msg(timeout=5) for _ in range(count)]


async def echo_once(nc, subject="echo.once"):
    sub = await nc.subscribe(subject)
    await nc.publish(subject, b"x")
    assert (await sub.next_msg(timeout=5)).data == b"x"


def context(cert=False):
    made = ssl.create_default_context(cafile=str(CERTS / "ca.pem"))
    if cert:
        made.load_cert_chain(str(CERTS / "client.pem"), str(CERTS / "client-key.pem"))
    return made


async def pubsub(client):
    a, b = await client.open(), await client.open()
    sub = await a.subscribe("foo")
    await a.flush()
    for i in range(100):
        await b.publish("foo", str(i).encode())
    await b.flush()
    assert [m.data for m in await take(sub, 100)] == [str(i).encode() for i in range(100)]


async def wildcards(client):
    nc = await client.open()
    star, tail = await nc.subscribe("w.*"), await nc.subscribe("w.>")
    await nc.publish("w.a", b"1")
    await nc.publish("w.a.b", b"2")
    assert [m.subject for m in await take(star, 1)] == ["w.a"]
    assert [m.subject for m in await take(tail, 2)] == ["w.a", "w.a.b"]


async def serve(client, subject):
    service = await client.open()

    async def answer(message):
        await message.respond(b"re: " + message.data)

    await service.subscribe(subject, cb=answer)
    await service.flush()


async def request(client):
    await serve(client, "help")
    nc = await client.open()
    assert (await nc.request("help", b"q", timeout=5)).data == b"re: q"
    assert (await nc.request("help", b"q", timeout=5, old_style=True)).data == b"re: q"


async def many_requests(client):
    await serve(client, "add")
    nc = await client.open()
    answers = await asyncio.gather(*(nc.request("add", str(i).encode(), timeout=20) for i in range(300)))
    assert [m.data for m in answers] == [f"re: {i}".encode() for i in range(300)]


async def no_responders(client):
    nc = await client.open()
    try:
        await nc.request("nobody", b"x", timeout=5)
    except NoRespondersError:
        return
    raise AssertionError("an answer from nobody")


async def headers(client):
    nc = await client.open()
    sub = await nc.subscribe("h")
    await nc.publish("h", b"body", headers={"Key": "a value", "Other": "1"})
    message = await sub.next_msg(timeout=5)
    assert message.headers == {"Key": "a value", "Other": "1"}, message.headers
    assert message.data == b"body"


async def queue(client):
    counts = [0, 0, 0]
    for i in range(3):
        member = await client.open()

        def counter(index):
            async def count(_):
                counts[index] += 1

            return count

        await member.subscribe("work", queue="q", cb=counter(i))
        await member.flush()
    nc = await client.open()
    for _ in range(600):
        await nc.publish("work", b"x")
    await nc.flush()
    for _ in range(500):
        if sum(counts) == 600:
            break
        await asyncio.sleep(0.01)
    assert sum(counts) == 600, counts
    assert min(counts) > 100, counts


async def drain(client):
    a, b = await client.open(), await client.open()
    got = []

    async def note(message):
        got.append(message.data)

    await a.subscribe("d", cb=note)
    await a.flush()
    for i in range(50):
        await b.publish("d", str(i).encode())
    await b.flush()
    await a.drain()
    assert len(got) == 50, len(got)


async def unsubscribe_max(client):
    nc = await client.open()
    got = []

    async def note(message):
        got.append(message.data)

    sub = await nc.subscribe("m", cb=note)
    await sub.unsubscribe(3)
    for i in range(10):
        await nc.publish("m", str(i).encode())
    await nc.flush()
    await asyncio.sleep(0.1)
    assert got == [b"0", b"1", b"2"], got


async def no_echo(client):
    a, b = await client.open(no_echo=True), await client.open()
    sub = await a.subscribe("e")
    await a.publish("e", b"own")
    await a.flush()
    await b.publish("e", b"other")
    await b.flush()
    assert (await sub.next_msg(timeout=5)).data == b"other"


async def large(client):
    nc = await client.open()
    data = bytes(i % 251 for i in range(nc.max_payload))
    sub = await nc.subscribe("l")
    for _ in range(3):
        await nc.publish("l", data)
    assert all(m.data == data for m in await take(sub, 3))


async def info(client):
    nc = await client.open(name="interop")
    assert nc.max_payload == 1048576
    assert nc.client_id > 0
    assert "v2.15.2" in str(nc.connected_server_version), nc.connected_server_version


async def reconnect(client):
    nc = await client.open(allow_reconnect=True, reconnect_time_wait=0.05, max_reconnect_attempts=-1)
    sub = await nc.subscribe("r")
    await nc.flush()
    print("READY")
    assert await asyncio.wait_for(client.events.get(), 20) == "reconnected"
    await nc.publish("r", b"after")
    assert (await sub.next_msg(timeout=5)).data == b"after"


async def user(client):
    await echo_once(await client.open(user="u", password="p"))
    await client.refused("authorization violation", user="u", password="x")
    await client.refused("authorization violation")


async def token(client):
    await echo_once(await client.open(token="s3cret"))
    await client.refused("authorization violation", token="x")


async def bcrypt(client):
    await echo_once(await client.open(user="u", password="secret"))
    await client.refused("authorization violation", user="u", password="other")


async def no_auth_user(client):
    await echo_once(await client.open(), "g.a")
    await echo_once(await client.open(user="a", password="pa"))


async def permissions(client):
    nc = await client.open(user="u", password="p")
    await nc.publish("forbidden", b"x")
    assert 'publish to "forbidden"' in str(await asyncio.wait_for(client.errors.get(), 5)).lower()
    await nc.subscribe("forbidden")
    assert 'subscription to "forbidden"' in str(await asyncio.wait_for(client.errors.get(), 5)).lower()
    await nc.flush()


async def max_payload(client):
    nc = await client.open()
    assert nc.max_payload == 100
    try:
        await nc.publish("a", b"x" * 101)
    except MaxPayloadError:
        return await echo_once(nc)
    raise AssertionError("too large a message was accepted")


async def tls(client):
    await echo_once(await client.open(scheme="tls", tls=context()))


async def tls_verify(client):
    await echo_once(await client.open(scheme="tls", tls=context(cert=True)))
    try:
        await client.open(scheme="tls", tls=context())
    except Exception:
        return
    raise AssertionError("connected without a certificate")


async def tls_first(client):
    await echo_once(await client.open(scheme="tls", tls=context(), tls_handshake_first=True))


async def lame_duck(client):
    await client.open()
    print("READY")
    assert await asyncio.wait_for(client.events.get(), 10) == "lame duck"


async def main():
    client = Client()
    try:
        await globals()[SCENARIO.replace("-", "_")](client)
    finally:
        await client.close()


asyncio.run(main())

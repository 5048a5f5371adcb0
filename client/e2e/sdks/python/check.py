"""Drives the official Python SDK and the server API client `cent` through a hub that runs alone.

See ../../sdk-check.mjs, which says by the environment where the hub is and what signs tokens.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import sys
import time

from cent import (
    BatchRequest,
    BroadcastRequest,
    CentApiResponseError,
    ChannelsRequest,
    Client as Cent,
    ConnectionsRequest,
    Disconnect,
    DisconnectRequest,
    HistoryRemoveRequest,
    HistoryRequest,
    InfoRequest,
    PresenceRequest,
    PresenceStatsRequest,
    PublishRequest,
    SubscribeRequest,
    UnsubscribeRequest,
)
from centrifuge import (
    Client,
    ClientEventHandler,
    ClientState,
    SubscriptionEventHandler,
    SubscriptionState,
)

URL = os.environ["HUB_SOCKET_URL"]
API = os.environ["HUB_API_URL"]
KEY = os.environ["HUB_API_KEY"]
SECRET = os.environ["HUB_SECRET"].encode()
ROUNDS = 200
SUBSCRIPTIONS = 150
WITHIN_S = 10


def token(**claims):
    """Signs claims by HS256; without `exp` the token is good for ten minutes."""
    claims = {"exp": int(time.time()) + 600, "iat": int(time.time()), **claims}

    def part(value):
        text = value if isinstance(value, bytes) else json.dumps(value).encode()
        return base64.urlsafe_b64encode(text).rstrip(b"=")

    text = part({"alg": "HS256", "typ": "JWT"}) + b"." + part(claims)
    return (text + b"." + part(hmac.new(SECRET, text, hashlib.sha256).digest())).decode()


async def eventually(what, holds):
    deadline = time.monotonic() + WITHIN_S
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {WITHIN_S} s: {what}")
        await asyncio.sleep(0.005)


class Codes(ClientEventHandler):
    def __init__(self):
        self.connecting, self.disconnected = [], []

    async def on_connecting(self, ctx):
        self.connecting.append(ctx.code)

    async def on_disconnected(self, ctx):
        self.disconnected.append(ctx.code)


class Heard(SubscriptionEventHandler):
    def __init__(self):
        self.data, self.offsets, self.errors = [], [], []

    async def on_publication(self, ctx):
        self.data.append(ctx.pub.data)
        self.offsets.append(ctx.pub.offset)

    async def on_error(self, ctx):
        self.errors.append(ctx.error)


async def connected(user, get_token=None, **options):
    async def own():
        return token(sub=user)

    client = Client(URL, get_token=get_token or own, **options)
    await client.connect()
    await client.ready(WITHIN_S)
    return client


async def publish_in_order():
    for use_protobuf in (False, True):
        client = await connected("anna", use_protobuf=use_protobuf)
        heard = Heard()
        channel = f"news:python-order-{use_protobuf}"
        sub = client.new_subscription(channel, events=heard)
        await sub.subscribe()
        await sub.ready(WITHIN_S)
        data = (lambda n: json.dumps(n).encode()) if use_protobuf else (lambda n: n)
        for round_ in range(ROUNDS):
            # Without waiting for one before the next is said.
            await asyncio.gather(*(sub.publish(data(round_ * 10 + n)) for n in range(10)))
        await eventually("all are heard", lambda: len(heard.data) == ROUNDS * 10)
        assert heard.data == [data(n) for n in range(ROUNDS * 10)], "out of order"
        assert heard.offsets == list(range(1, ROUNDS * 10 + 1)), "offsets out of order"
        await client.disconnect()


async def change_ones_mind():
    client = await connected("anna")
    for round_ in range(ROUNDS):
        heard = Heard()
        sub = client.new_subscription(f"news:python-mind-{round_}", events=heard)
        await sub.subscribe()
        await sub.unsubscribe()
        await sub.subscribe()
        await eventually("subscribed", lambda: sub.state == SubscriptionState.SUBSCRIBED)
        assert not heard.errors, heard.errors
        await sub.unsubscribe()
        client.remove_subscription(sub)
    await client.disconnect()


async def many_tokens():
    async def own(channel):
        long = token(sub="anna", channel=channel, info="x" * 380)
        assert len(long) >= 700, len(long)
        return long

    client = await connected("anna")
    subs = [
        client.new_subscription(f"room:python-{n}", get_token=own) for n in range(SUBSCRIPTIONS)
    ]
    await asyncio.gather(*(sub.subscribe() for sub in subs))

    def are_all():
        return all(sub.state == SubscriptionState.SUBSCRIBED for sub in subs)

    await eventually("all are subscribed", are_all)
    await client.disconnect()
    await client.connect()
    await client.ready(WITHIN_S)
    await eventually("all are subscribed again", are_all)
    await client.disconnect()


async def short_tokens():
    for left in (0, 1, 2):
        asked = 0

        async def first_short(left=left):
            nonlocal asked
            asked += 1
            return token(sub="anna", **({"exp": int(time.time()) + left} if asked == 1 else {}))

        codes = Codes()
        client = await connected("anna", get_token=first_short, events=codes)
        await asyncio.sleep(3)
        assert client.state == ClientState.CONNECTED, (left, client.state)
        assert not codes.disconnected, (left, codes.disconnected)
        assert asked <= 5, f"{left} s left: {asked} tokens were asked for"
        await client.disconnect()


async def revoke():
    old = token(sub="snake")
    await asyncio.sleep(1.1)
    codes = Codes()
    client = await connected("snake", events=codes)
    cent = Cent(f"{API}/api", KEY)
    session = cent._session._session  # `cent` has no method for it: it is this hub's own.
    answer = await asyncio.to_thread(
        session.post,
        f"{API}/api/revoke",
        json={"users": ["snake"]},
        headers={"X-API-Key": KEY},
    )
    assert answer.status_code == 200, answer.text
    await eventually("it was told", lambda: 3014 in codes.connecting)
    await eventually("it came back", lambda: client.state == ClientState.CONNECTED)
    thief_codes = Codes()
    thief = Client(URL, token=old, events=thief_codes)
    await thief.connect()
    await eventually("the old token is refused for good", lambda: thief_codes.disconnected == [3500])
    await client.disconnect()


async def server_api():
    client = await connected("carla")
    cent = Cent(f"{API}/api", KEY)
    channel = "news:cent"

    def call():
        first = cent.publish(PublishRequest(channel=channel, data={"n": 1}, tags={"a": "b"}))
        assert first.offset == 1 and first.epoch
        cent.broadcast(BroadcastRequest(channels=[channel, "news:cent-2"], data={"n": 2}))
        history = cent.history(HistoryRequest(channel=channel, limit=10))
        assert [one.data for one in history.publications] == [{"n": 1}, {"n": 2}]
        cent.subscribe(SubscribeRequest(user="carla", channel=channel))
        connections = cent.connections(ConnectionsRequest(user="carla", expression=""))
        (info,) = connections.connections.values()
        assert (info.transport, info.protocol) == ("websocket", "json"), info
        presence = cent.presence(PresenceRequest(channel=channel)).presence
        assert [one.user for one in presence.values()] == ["carla"]
        assert cent.presence_stats(PresenceStatsRequest(channel=channel)).num_users == 1
        assert channel in cent.channels(ChannelsRequest(pattern="news:c*")).channels
        assert cent.info(InfoRequest()).nodes[0].num_clients >= 1
        cent.unsubscribe(UnsubscribeRequest(user="carla", channel=channel))
        cent.history_remove(HistoryRemoveRequest(channel=channel))
        emptied = cent.history(HistoryRequest(channel=channel, limit=10))
        assert (emptied.publications, emptied.offset) == ([], 2)
        batch = BatchRequest(
            requests=[
                PublishRequest(channel=channel, data=3),
                HistoryRequest(channel=channel, limit=1),
            ]
        )
        assert cent.batch(batch).replies[0].offset == 3
        try:
            cent.publish(PublishRequest(channel="nowhere:1", data=1))
            raise AssertionError("a channel that is not configured was published in")
        except CentApiResponseError as error:
            assert error.code == 102, error
        end = Disconnect(code=4501, reason="the end")
        cent.disconnect(DisconnectRequest(user="carla", disconnect=end))

    await asyncio.to_thread(call)
    await eventually("it ended", lambda: client.state == ClientState.DISCONNECTED)


PARTS = {
    "ten publications in order, 200 times, in JSON and Protobuf": publish_in_order,
    "subscribe, unsubscribe, subscribe, 200 times": change_ones_mind,
    "150 subscriptions with tokens of 700 bytes": many_tokens,
    "tokens with 0, 1 and 2 s left": short_tokens,
    "revoke, with an old and a new token": revoke,
    "every method of the server API client cent": server_api,
}


async def main():
    failures = 0
    for name, part in PARTS.items():
        begun = time.monotonic()
        try:
            await asyncio.wait_for(part(), 120)
            print(f"ok       Python: {name} ({time.monotonic() - begun:.1f} s)", flush=True)
        except Exception as error:  # noqa: BLE001 - every failure is told, and the next part runs
            failures += 1
            print(f"FAILED   Python: {name}: {type(error).__name__} {error}", flush=True)
    return 1 if failures else 0


sys.exit(asyncio.run(main()))

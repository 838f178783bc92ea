"""Hundreds of people's web clients: websockets, and the RPC of agents' desks."""

import asyncio
import json
import threading
import time

import aiohttp

VERSION = "19.0-2"
WRAPUP_SECONDS = 0.3


class People:
    """An asyncio loop in a thread of its own, with everybody's connections.

    :param str url: Odoo's address
    :param dict agents: session cookie by agent id; their wrap-ups are finished here
    :param list watchers: cookies of people who only have Odoo open
    :param wallboards: ``(cookie, channels)``, one for each wallboard
    :param int last: the bus's last message: older ones are not asked for
    """

    def __init__(self, url, agents, watchers, wallboards, last):
        self.url, self.last = url, last
        self.agents = agents
        self.pops = {}  # (agent id, call id) -> (at, arrived)
        self.messages = self.snapshots = self.finished = 0
        self.errors = []
        self.open = 0
        self._values = {}
        self._tasks = set()
        self._wanted = (
            [(cookie, agent, ()) for agent, cookie in agents.items()]
            + [(cookie, -1, ()) for cookie in watchers]
            + [(cookie, 0, channels) for cookie, channels in wallboards]
        )
        self.total = len(self._wanted)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine, timeout=120):
        """Run a coroutine on the loop and wait for its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout)

    def connect(self):
        self.run(self._connect())

    async def _connect(self):
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=30),
        )
        gate = asyncio.Semaphore(4)
        ready = [self._loop.create_future() for _one in self._wanted]
        for wanted, future in zip(self._wanted, ready, strict=True):
            self._spawn(self._listen(*wanted, gate, future))
        await asyncio.gather(*ready)

    def _spawn(self, coroutine):
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _listen(self, cookie, agent, channels, gate, ready):
        try:
            async with gate:
                socket = await self._http.ws_connect(
                    f"{self.url}/websocket?version={VERSION}",
                    headers={"Cookie": f"session_id={cookie}", "Origin": self.url},
                )
                data = {"channels": list(channels), "last": self.last}
                await socket.send_json({"event_name": "subscribe", "data": data})
            self.open += 1
            ready.set_result(True)
            async for message in socket:
                arrived = time.time()
                if message.type == aiohttp.WSMsgType.TEXT:
                    for row in json.loads(message.data):
                        self._message(agent, row["message"], arrived)
            self.open -= 1
        except Exception as error:
            self.errors.append(repr(error))
            if not ready.done():
                ready.set_exception(error)

    def _message(self, agent, message, arrived):
        self.messages += 1
        kind, payload = message["type"], message["payload"]
        if kind == "telecom.queue/snapshot":
            self.snapshots += 1
        elif agent and kind == "telecom.desk/pop":
            key = payload["agent_id"], payload["call_id"]
            self.pops.setdefault(key, (payload["at"], arrived))
        elif agent in self.agents and kind == "telecom.desk/state":
            wrapup = payload["wrapup"]
            if wrapup and wrapup["state"] == "open":
                self._spawn(self._finish(agent, wrapup))
            elif payload["presence"] == "not_ready":
                self._spawn(self._desk(agent, "set_presence", "ready"))

    # -- what an agent's desk asks of Odoo -------------------------------------------

    async def _desk(self, agent, method, *args, company=None):
        """Call ``telecom.desk`` as an agent.

        :raises RuntimeError: Odoo refused
        """
        context = {"allowed_company_ids": [company]} if company else {}
        async with self._http.post(
            f"{self.url}/web/dataset/call_kw/telecom.desk/{method}",
            headers={"Cookie": f"session_id={self.agents[agent]}"},
            json={
                "jsonrpc": "2.0",
                "method": "call",
                "params": {
                    "model": "telecom.desk",
                    "method": method,
                    "args": list(args),
                    "kwargs": {"context": context},
                },
            },
        ) as answer:
            body = await answer.json()
        if "error" in body:
            raise RuntimeError(body["error"]["data"]["message"])
        return body["result"]

    async def _finish(self, agent, wrapup):
        key = agent, wrapup["id"]
        if key in self._values:
            return
        self._values[key] = True
        await asyncio.sleep(WRAPUP_SECONDS)
        company = wrapup["company_id"]
        try:
            if wrapup["campaign"] not in self._values:
                form = await self._desk(
                    agent, "get_wrapup_form", wrapup["call_id"], company=company
                )
                self._values[wrapup["campaign"]] = {
                    f"{name}_id": leaves[0]
                    for name in ("disposition", "qualification")
                    if (leaves := [n["id"] for n in form[f"{name}s"] if n["leaf"]])
                }
            await self._desk(
                agent,
                "finish_wrapup",
                wrapup["id"],
                self._values[wrapup["campaign"]],
                company=company,
            )
            self.finished += 1
        except Exception as error:
            self.errors.append(f"finish_wrapup: {error!r}")

    async def presences(self, presence):
        gate = asyncio.Semaphore(4)

        async def one(agent):
            async with gate:
                try:
                    await self._desk(agent, "set_presence", presence)
                except RuntimeError as error:
                    # Still in a wrap-up at the end: the next run puts it right.
                    self.errors.append(f"set_presence: {error!r}")

        await asyncio.gather(*(one(agent) for agent in self.agents))

    def close(self):
        self.run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _close(self):
        for task in list(self._tasks):
            task.cancel()
        await self._http.close()

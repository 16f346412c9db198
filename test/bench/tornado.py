"""A clock on Tornado for comparison, as in tutorials but corrected: one JSON text to all viewers at each full second.

Usage: python3 tornado.py <port>   (0: any free port; prints the port; Debian: apt-get install python3-tornado)
"""

import asyncio
import datetime
import json
import os
import sys
import time

# This file has the same name as the package. Remove its folder from the search path.
sys.path.pop(0)
import tornado.httpserver  # noqa: E402
import tornado.netutil  # noqa: E402
import tornado.web  # noqa: E402
import tornado.websocket  # noqa: E402

viewers = set()
parent = os.getppid()


class ClockHandler(tornado.websocket.WebSocketHandler):
    def open(self):
        self.set_nodelay(True)
        viewers.add(self)

    def on_message(self, message):
        pass

    def on_close(self):
        viewers.discard(self)


def send_tick(sequence):
    stamp = datetime.datetime.fromtimestamp(sequence, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    sent_at = int(time.time() * 1000)
    tick = {"type": "tick", "sequence": sequence, "time": stamp, "sentAt": sent_at, "intervalMillis": 1000}
    text = json.dumps(tick, separators=(",", ":"))
    for viewer in list(viewers):
        try:
            viewer.write_message(text)
        except tornado.websocket.WebSocketClosedError:
            viewers.discard(viewer)


async def main():
    server = tornado.httpserver.HTTPServer(tornado.web.Application([("/websocket", ClockHandler)], log_function=id))
    sockets = tornado.netutil.bind_sockets(int(sys.argv[1]), "127.0.0.1", backlog=4096)
    server.add_sockets(sockets)
    print(sockets[0].getsockname()[1], flush=True)
    sequence = int(time.time()) + 1
    while os.getppid() == parent:
        # A timer may fire early according to the wall clock.
        while (rest := sequence - time.time()) > 0:
            await asyncio.sleep(rest)
        send_tick(sequence)
        # After a late tick, continue with the next full second.
        sequence = max(sequence, int(time.time())) + 1


asyncio.run(main())

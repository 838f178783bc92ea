from odoo.tests import BaseCase, tagged

from ..gateway.status import actions


def agent(presence="ready", reason="", wrapup=False, queues=None):
    return {
        "id": 5,
        "presence": presence,
        "reason": reason,
        "wrapup": wrapup,
        "queues": {"queue1": 0} if queues is None else queues,
    }


def names(*args):
    return [
        (name, fields["Queue"], fields.get("Paused"), fields.get("Reason", ""))
        for name, fields in actions(*args)
    ]


@tagged("post_install", "-at_install", "telecom")
class TestStatusActions(BaseCase):
    """What is done so that Asterisk agrees with Odoo about an agent."""

    def test_table(self):
        free, paused = (10, False, ""), (10, True, "lunch")
        on_call, wrapup = (10, True, "call"), (10, True, "wrapup")
        add, pause, remove = "QueueAdd", "QueuePause", "QueueRemove"
        q = "queue1"
        for odoo, activity, asterisk, wanted in (
            # offline: in no queue
            (agent("offline"), "idle", {}, []),
            (agent("offline"), "idle", {q: free}, [(remove, q, None, "")]),
            # ready: in all queues, free
            (agent(), "idle", {}, [(add, q, "false", "")]),
            (agent(), "idle", {q: free}, []),
            (agent(), "idle", {q: paused}, [(pause, q, "false", "")]),
            # paused, with Odoo's reason
            (agent("not_ready", "lunch"), "idle", {q: paused}, []),
            (agent("not_ready", "lunch"), "idle", {}, [(add, q, "true", "lunch")]),
            (
                agent("not_ready", "lunch"), "idle", {q: free},
                [(pause, q, "true", "lunch")],
            ),
            (
                agent("not_ready", "coffee"), "idle", {q: paused},
                [(pause, q, "true", "coffee")],
            ),
            (
                agent("pause_requested", "lunch"), "talking", {q: on_call},
                [(pause, q, "true", "lunch")],
            ),
            # in a call: Asterisk's own pause stays
            (agent(), "talking", {q: on_call}, []),
            (agent(), "hold", {q: on_call}, []),
            (agent(), "talking", {q: free}, [(pause, q, "true", "call")]),
            (agent(), "ringing", {q: free}, []),
            # wrap-up: not free before it is done
            (
                agent(wrapup=True), "wrapup", {q: on_call},
                [(pause, q, "true", "wrapup")],
            ),
            (agent(wrapup=True), "wrapup", {q: wrapup}, []),
            (agent(), "idle", {q: wrapup}, [(pause, q, "false", "")]),
            (agent(wrapup=True), "idle", {}, [(add, q, "true", "wrapup")]),
        ):  # fmt: skip
            with self.subTest(odoo=odoo, activity=activity, asterisk=asterisk):
                self.assertEqual(names(odoo, activity, asterisk), wanted)

    def test_queues_and_penalties(self):
        odoo = agent(queues={"queue1": 2, "queue2": 0})
        done = actions(odoo, "idle", {"queue1": (10, False, ""), "queue9": (10, 0, "")})
        self.assertEqual(
            [(name, fields["Queue"], fields.get("Penalty")) for name, fields in done],
            [
                ("QueueRemove", "queue9", None),
                ("QueueAdd", "queue2", 10),
                ("QueuePenalty", "queue1", 12),
            ],
        )

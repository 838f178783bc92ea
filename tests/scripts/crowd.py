"""A crowd of agents at their desks, in ``odoo shell``.

Logs the agents of ``CONFIG["logins"]`` in, finishes their wrap-ups and brings them back
after a missed call, as so many people would, until the file ``CONFIG["orders"]`` is
gone; then logs them out. Odoo's server may be down meanwhile, and PostgreSQL too.
"""

# ruff: noqa: F821
import os
import time

import psycopg2

from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry

DATABASE = env.cr.dbname


def work(step):
    with Registry(DATABASE).cursor() as cr:
        step(Environment(cr, SUPERUSER_ID, {}))


def crowd(env):
    return env["telecom.agent"].search(
        [("user_id.login", "=like", CONFIG["logins"])],
        order="id",
        limit=CONFIG["size"],
    )


def begin(env):
    crowd(env)._set_presence("ready")


def go_on(env):
    agents = crowd(env)
    for wrapup in env["telecom.call.wrapup"].search(
        [
            ("agent_id", "in", agents.ids),
            ("state", "=", "open"),
            ("started_at", "!=", False),
        ]
    ):
        env["telecom.desk"].with_user(wrapup.agent_id.user_id).with_context(
            allowed_company_ids=wrapup.company_id.ids
        ).finish_wrapup(wrapup.id, {})
        env.cr.commit()
    away = agents.filtered(lambda agent: agent.presence == "not_ready")
    if away:
        away._set_presence("ready")


def end(env):
    crowd(env)._set_presence("offline", forced=True)


env.cr.rollback()
work(begin)
open(CONFIG["orders"] + ".ready", "w").close()
while os.path.exists(CONFIG["orders"]):
    try:
        work(go_on)
    except (psycopg2.Error, OSError) as error:
        print("retry:", error)
        time.sleep(0.5)
    time.sleep(0.1)
for _attempt in range(20):
    try:
        work(go_on)
        work(end)
        break
    except (psycopg2.Error, OSError) as error:
        print("retry:", error)
        time.sleep(0.5)

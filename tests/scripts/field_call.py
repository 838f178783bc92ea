"""An appointment whose customer the seller calls, in ``odoo shell``."""

# ruff: noqa: F821
import json
from datetime import timedelta

from odoo.addons.telecom_callcenter.tools.clock import midnight

benin = env.ref("telecom_crm.company_benin")
trunk = env.ref("telecom_callcenter.trunk_demo")
trunk.port = CONFIG["trunk_port"]
user = env["res.users"].search([("login", "=", "seller.benin")])
seller = (
    env["telecom.field.seller"]
    .with_user(user)
    .with_context(allowed_company_ids=benin.ids)
    ._current()
    .sudo()
)
seller.phone = CONFIG["seller"]
# Today, however late it is: her telephone shows this day first. She is at one place
# at a time, so after all that she has to do today
today = midnight(env.cr.now(), seller._tz)
taken = env["telecom.appointment"].search(
    [("seller_id", "=", seller.id), ("state", "=", "planned")]
)
start = next(
    slot
    for slot in (today + timedelta(minutes=15 * n) for n in range(94, 0, -1))
    if all(
        one.stop <= slot or one.start >= slot + timedelta(minutes=15) for one in taken
    )
)
appointment = env["telecom.appointment"].create(
    {
        "company_id": benin.id,
        "seller_id": seller.id,
        "customer_name": f"Customer {CONFIG['customer']}",
        "number": CONFIG["customer"],
        "city": "Cotonou",
        "start": start,
        "minutes": 15,
    }
)
did = (
    env["telecom.pbx"]
    .browse(CONFIG["pbx"])
    ._seller_caller_id(benin, env["telecom.campaign"])
)
env.cr.commit()
print("RESULT", json.dumps({"id": appointment.id, "did": did, "seller": seller.id}))

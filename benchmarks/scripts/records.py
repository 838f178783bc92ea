"""Records of the measurements, made in ``odoo shell``; run again without harm.

``CONFIG``: ``agents`` with desk phones, ``copies`` of them on a second PBX for the
replay, ``sockets`` that want a session, service numbers ``crowd`` and ``browser``.
Prints ids, telephone secrets and session cookies. ``_people.py`` stands in front.
"""

# ruff: noqa: F821
import json


def service(number, name, queue_):
    did = env["telecom.did"].search([("number", "=", number)])
    if not did:
        campaign = (
            env["telecom.campaign"]
            .with_company(benin)
            .create(
                dict(name=name, company_id=benin.id, queue_id=queue_.id, state="live")
            )
        )
        did = did.create(
            dict(
                number=number,
                company_id=benin.id,
                pbx_id=queue_.pbx_id.id,
                campaign_id=campaign.id,
            )
        )
    return did.campaign_id


crowd = agents("bench", CONFIG["agents"], pbx, 81000)
desk = agents("benchdesk", 1, pbx, 80500, device="browser")
crowd_queue = queue("Bench, desk phones", pbx, crowd)
desk_queue = queue("Bench, browser", pbx, desk)
campaigns = [
    service(CONFIG["crowd"], "Bench, desk phones", crowd_queue),
    service(CONFIG["browser"], "Bench, browser", desk_queue),
]
PBX = env["telecom.pbx"].with_context(active_test=False)
replay = PBX.search([("code", "=", "replay")])
replay = replay or pbx.copy({"name": "Replay", "code": "replay"})
copies = agents("benchcopy", CONFIG["agents"] * CONFIG["copies"], replay, 82000)
replay_queues = [
    queue(f"Bench, replay {number + 1}", replay, Agent)
    for number in range(CONFIG["copies"])
]
secrets = fresh(crowd | desk)
env.cr.commit()

supervisor = env.ref("telecom_callcenter.user_supervisor")
people = crowd.user_id | copies.user_id[: CONFIG["sockets"] - len(crowd)]
print(
    "RESULT",
    json.dumps(
        dict(
            secrets=secrets,
            agents={agent.id: cookie(agent.user_id) for agent in crowd},
            desk=[desk.id, cookie(desk.user_id)],
            others=[cookie(user) for user in people - crowd.user_id],
            supervisor=cookie(supervisor),
            company=benin.id,
            campaigns=[campaign.id for campaign in campaigns],
            queue=crowd_queue.id,
            desk_queue=desk_queue.id,
            pbx=pbx.id,
            replay=replay.id,
            copies=copies.ids,
            replay_queues=[row.id for row in replay_queues],
        )
    ),
)

import base64
import io
import wave

from odoo import fields
from odoo.tests import TransactionCase

from odoo.addons.telecom_crm.tests.common import OperatorMakers

AGENT = "telecom_callcenter.group_callcenter_agent"
SUPERVISOR = "telecom_callcenter.group_callcenter_supervisor"
ADMIN = "telecom_callcenter.group_callcenter_admin"
MANAGER = "telecom_crm.group_telecom_manager"
CLERK = "telecom_crm.group_telecom_clerk"


def recording(milliseconds=20, rate=8000):
    """A WAV recording of silence, in base64."""
    content = io.BytesIO()
    with wave.open(content, "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(rate)
        target.writeframes(bytes(2 * rate * milliseconds // 1000))
    return base64.b64encode(content.getvalue())


class CallcenterSetup(OperatorMakers):
    """Two operators served by one provider, and a stranger of each kind.

    ``benin`` and ``tunisia`` are served by ``provider``; ``togo`` is served by
    ``rival``, whose PBX, agents and queues nobody of the others may see.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.benin = cls._company("Bénin Mobile", "base.bj", tenant=True)
        cls.tunisia = cls._company("Tunis Mobile", "base.tn", tenant=True)
        cls.togo = cls._company("Togo Mobile", "base.tg", tenant=True)
        cls.provider = cls._company("Atlas", "base.bj")
        cls.rival = cls._company("Rival", "base.tg")
        Service = cls.env["telecom.operator.service"]
        cls.service_benin, cls.service_tunisia, cls.service_togo = Service.create(
            [
                {"provider_id": cls.provider.id, "operator_id": cls.benin.id},
                {"provider_id": cls.provider.id, "operator_id": cls.tunisia.id},
                {"provider_id": cls.rival.id, "operator_id": cls.togo.id},
            ]
        )
        both = cls.provider | cls.benin | cls.tunisia
        cls.user_agent = cls._user("cc.agent", both, AGENT)
        cls.user_other = cls._user("cc.other", both, AGENT)
        cls.user_supervisor = cls._user("cc.supervisor", both, SUPERVISOR)
        cls.user_admin = cls._user("cc.ccadmin", both, ADMIN)
        cls.manager_benin = cls._user("cc.manager.benin", cls.benin, MANAGER)
        cls.clerk_benin = cls._user("cc.clerk.benin", cls.benin, CLERK)
        cls.supervisor_benin = cls._user("cc.supervisor.benin", cls.benin, SUPERVISOR)
        cls.admin_benin = cls._user("cc.admin.benin", cls.benin, ADMIN)
        cls.manager_tunisia = cls._user("cc.manager.tunisia", cls.tunisia, MANAGER)
        cls.user_rival = cls._user("cc.rival", cls.rival | cls.togo, ADMIN)
        cls.pbx = cls._pbx("main", cls.provider)
        cls.rival_pbx = cls._pbx("rival", cls.rival)
        cls.site = cls.env["telecom.site"].create(
            {
                "name": "Cotonou",
                "company_id": cls.provider.id,
                "tz": "Africa/Porto-Novo",
            }
        )
        cls.rival_site = cls.env["telecom.site"].create(
            {"name": "Lomé", "company_id": cls.rival.id, "tz": "Africa/Lome"}
        )
        cls.agent = cls._agent(cls.user_agent, "101")
        cls.other = cls._agent(cls.user_other, "102")
        cls.rival_agent = cls._agent(cls.user_rival, "101", rival=True)
        cls.queue_benin = cls._queue("Service client", cls.benin)
        cls.queue_tunisia = cls._queue("Accueil", cls.tunisia)
        cls.queue_togo = cls._queue("Lomé", cls.togo, pbx=cls.rival_pbx)
        cls.env["telecom.queue.member"].create(
            [
                {"queue_id": cls.queue_benin.id, "agent_id": cls.agent.id},
                {"queue_id": cls.queue_tunisia.id, "agent_id": cls.agent.id},
                {"queue_id": cls.queue_benin.id, "agent_id": cls.other.id},
                {"queue_id": cls.queue_togo.id, "agent_id": cls.rival_agent.id},
            ]
        )
        cls.campaign_benin = cls._campaign("Service client", cls.queue_benin)
        cls.campaign_tunisia = cls._campaign("Accueil", cls.queue_tunisia)
        cls.campaign_togo = cls._campaign("Lomé", cls.queue_togo)
        cls.env["telecom.did"].create(
            {
                "number": "1919",
                "company_id": cls.benin.id,
                "pbx_id": cls.pbx.id,
                "campaign_id": cls.campaign_benin.id,
            }
        )
        cls.number = "+2290197123456"

    # -------------------------------------------------------------------------
    # Makers
    # -------------------------------------------------------------------------

    @classmethod
    def _pbx(cls, code, company):
        return cls.env["telecom.pbx"].create(
            {
                "name": code,
                "code": code,
                "company_id": company.id,
                "country_id": company.country_id.id,
                "turn_url": "turn:turn.example.com",
                "turn_secret": "shhh",
            }
        )

    @classmethod
    def _agent(cls, user, extension, rival=False):
        return cls.env["telecom.agent"].create(
            {
                "user_id": user.id,
                "company_id": (cls.rival if rival else cls.provider).id,
                "site_id": (cls.rival_site if rival else cls.site).id,
                "pbx_id": (cls.rival_pbx if rival else cls.pbx).id,
                "extension": extension,
            }
        )

    @classmethod
    def _queue(cls, name, company, pbx=None):
        return cls.env["telecom.queue"].create(
            {"name": name, "company_id": company.id, "pbx_id": (pbx or cls.pbx).id}
        )

    @classmethod
    def _campaign(cls, name, queue):
        return cls.env["telecom.campaign"].create(
            {"name": name, "company_id": queue.company_id.id, "queue_id": queue.id}
        )

    @classmethod
    def _call(cls, campaign=None, agent=None, number="", *, ring=None, **vals):
        """A call as the gateway records it; ``ring`` is the agent it rings."""
        campaign = campaign or cls.campaign_benin
        cls.sequence = getattr(cls, "sequence", 0) + 1
        now = fields.Datetime.now()
        call = cls.env["telecom.call"].create(
            {
                "pbx_id": campaign.queue_id.pbx_id.id,
                "uniqueid": f"test-{cls.sequence}",
                "company_id": campaign.company_id.id,
                "campaign_id": campaign.id,
                "queue_id": campaign.queue_id.id,
                "did": "1919",
                "caller_number": cls.number if number == "" else number,
                "agent_id": agent.id if agent else False,
                "start_at": now,
                "queued_at": now,
                **vals,
            }
        )
        if ring:
            cls._live(ring, "ringing", call)
        return call

    @classmethod
    def _live(cls, agent, activity, call=None):
        agent.live_ids.write(
            {
                "activity": activity,
                "activity_since": fields.Datetime.now(),
                "call_id": call.id if call else False,
            }
        )

    @classmethod
    def _hang_up(cls, call, agent):
        """End a conversation as the gateway does."""
        now = fields.Datetime.now()
        call.write({"state": "ended", "ended_at": now, "agent_id": agent.id})
        wrapup = call.wrapup_ids.filtered(lambda wrapup: wrapup.agent_id == agent)
        vals = {"state": "open", "started_at": now}
        if wrapup:
            wrapup.write(vals)
        else:
            wrapup = wrapup.create({"call_id": call.id, "agent_id": agent.id, **vals})
        cls._live(agent, "wrapup")
        return wrapup

    @classmethod
    def _customer(cls, company=None, **vals):
        return cls.env["res.partner"].create(
            {
                "telecom_first_name": "Afi",
                "telecom_last_name": "Dossou",
                "company_id": (company or cls.benin).id,
                "telecom_customer": True,
                "phone": cls.number,
                **vals,
            }
        )

    # -------------------------------------------------------------------------
    # Askers
    # -------------------------------------------------------------------------

    def desk(self, user, *companies):
        """``telecom.desk`` as a browser calls it, with these companies active."""
        ids = [company.id for company in companies] or user.company_ids.ids
        return self.env(user=user, context={"allowed_company_ids": ids}, su=False)[
            "telecom.desk"
        ]

    def as_user(self, records, user, *companies):
        ids = [company.id for company in companies] or user.company_ids.ids
        return records.with_user(user).with_context(allowed_company_ids=ids)

    def events(self, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        return self.env["telecom.agent.event"].search(domain, order="id")

    def commands(self, agent=None):
        domain = [("agent_id", "=", agent.id)] if agent else []
        return self.env["telecom.pbx.command"].search(domain, order="id")


class TelecomCallcenterCommon(CallcenterSetup, TransactionCase):
    pass

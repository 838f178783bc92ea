from datetime import datetime, timedelta

from odoo import Command

from odoo.addons.telecom_callcenter.tests.common import CallcenterSetup

SELLER = "telecom_crm.group_telecom_seller"
#: A Monday morning, six o'clock in Benin
MONDAY = datetime(2030, 1, 7, 5, 0)
COTONOU = (6.3654, 2.4183)
PORTO_NOVO = (6.4969, 2.6283)  # 27 km from Cotonou
PARAKOU = (9.3372, 2.6303)


class FieldSetup(CallcenterSetup):
    """Two sellers of Benin, one of Tunisia; they work Monday to Saturday, 8 to 18."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hours_benin = cls._hours(cls.benin, "Africa/Porto-Novo")
        cls.hours_tunisia = cls._hours(cls.tunisia, "Africa/Tunis")
        cls.user_seller = cls._user("f.seller", cls.benin, SELLER)
        cls.user_colleague = cls._user("f.colleague", cls.benin, SELLER)
        cls.user_tunisia = cls._user("f.tunisia", cls.tunisia, SELLER)
        cls.skill_fibre = cls.env["telecom.skill"].create(
            {"name": "Fibre", "kind": "product", "company_id": cls.benin.id}
        )
        cls.zone_cotonou = cls.env["telecom.sales.zone"].create(
            {
                "name": "Cotonou",
                "company_id": cls.benin.id,
                "latitude": COTONOU[0],
                "longitude": COTONOU[1],
                "radius": 15,
                "cities": "Cotonou, Abomey-Calavi",
            }
        )
        cls.zone_parakou = cls.env["telecom.sales.zone"].create(
            {
                "name": "Parakou",
                "company_id": cls.benin.id,
                "latitude": PARAKOU[0],
                "longitude": PARAKOU[1],
                "radius": 20,
            }
        )
        cls.seller = cls._seller(
            cls.user_seller, zone_ids=cls.zone_cotonou, skill_ids=cls.skill_fibre
        )
        cls.colleague = cls._seller(cls.user_colleague, zone_ids=cls.zone_parakou)
        cls.seller_tunisia = cls._seller(cls.user_tunisia)
        cls.field_campaign = cls.env["telecom.campaign"].create(
            {
                "name": "Porte à porte",
                "company_id": cls.benin.id,
                "kind": "field",
                "state": "live",
            }
        )
        cls.awa = cls._customer(
            telecom_first_name="Awa",
            telecom_last_name="Kpossou",
            email="awa@example.com",
            street="Rue 12, face au marché",
            city="Cotonou",
            partner_latitude=COTONOU[0],
            partner_longitude=COTONOU[1],
        )

    @classmethod
    def _hours(cls, company, tz):
        calendar = cls.env["resource.calendar"].create(
            {
                "name": "Terrain",
                "company_id": company.id,
                "tz": tz,
                "attendance_ids": [
                    Command.create(
                        {
                            "name": "Journée",
                            "dayofweek": str(day),
                            "hour_from": 8,
                            "hour_to": 18,
                            "day_period": "morning",
                        }
                    )
                    for day in range(6)
                ],
            }
        )
        company.resource_calendar_id = calendar
        return calendar

    @classmethod
    def _seller(cls, user, zone_ids=None, skill_ids=None, **values):
        return cls.env["telecom.field.seller"].create(
            {
                "user_id": user.id,
                "company_id": user.company_id.id,
                "zone_ids": [Command.set(zone_ids.ids if zone_ids else [])],
                "skill_ids": [Command.set(skill_ids.ids if skill_ids else [])],
                **values,
            }
        )

    @classmethod
    def _appointment(cls, seller=None, hours=24, **values):
        """An appointment of a seller, some hours after MONDAY."""
        seller = seller or cls.seller
        return cls.env["telecom.appointment"].create(
            {
                "company_id": seller.company_id.id,
                "seller_id": seller.id,
                "customer_name": "Awa",
                "number": cls.number,
                "start": MONDAY + timedelta(hours=hours),
                **values,
            }
        )

    def booking(self, user=None, company=None):
        """``telecom.appointment`` as the desk of an agent calls it."""
        company = company or self.benin
        return self.env["telecom.appointment"].with_env(
            self.env(
                user=user or self.user_agent,
                context={"allowed_company_ids": company.ids, "tracking_disable": True},
                su=False,
            )
        )

    def app(self, user=None):
        """``telecom.field.app`` as a seller's telephone calls it."""
        user = user or self.user_seller
        return self.env["telecom.field.app"].with_env(
            self.env(
                user=user,
                context={"allowed_company_ids": user.company_id.ids},
                su=False,
            )
        )

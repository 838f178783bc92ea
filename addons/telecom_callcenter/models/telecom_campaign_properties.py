from odoo import api, fields, models
from odoo.tools import format_date


class TelecomCampaignProperties(models.AbstractModel):
    """A record of a campaign, with the fields that the campaign has of its own."""

    _name = "telecom.campaign.properties"
    _description = "With the Campaign's Own Fields"

    @api.model
    def _property_text(self, prop):
        """Return a value of the campaign's own fields by the name that people gave it.

        :param dict prop: as read; choices, tags and records have a key besides
        """
        value, kind = prop.get("value"), prop.get("type")
        if kind == "selection":
            return dict(prop.get("selection") or []).get(value, value)
        if kind == "tags":
            labels = {tag[0]: tag[1] for tag in prop.get("tags") or []}
            return ", ".join(labels.get(key, key) for key in value or [])
        if kind == "many2one":
            return value and value[1]
        if kind == "many2many":
            return ", ".join(name for _id, name in value or [] if name)
        return value

    def _property_values(self):
        """The campaign's own fields as people read them.

        :return: list of dicts ``name, label, value``; those without a value left out
        """
        if not self:
            return []
        self.ensure_one()
        result = []
        # sudo: telecom.campaign.properties - callers decided that it may be seen
        for prop in self.sudo().read(["contact_properties"])[0]["contact_properties"]:
            value = prop.get("value")
            kind = prop.get("type")
            if value in (None, False, "") and kind != "boolean":
                continue
            if kind == "boolean":
                value = self.env._("Yes") if value else self.env._("No")
            elif kind == "selection":
                value = self._property_text(prop)
            elif kind == "date":
                value = format_date(self.env, value)
            elif kind not in ("char", "text", "integer", "float", "datetime"):
                continue
            result.append(
                {
                    "name": prop["name"],
                    "label": prop.get("string") or prop["name"],
                    "value": str(value),
                }
            )
        return result

    def _property_raw(self):
        """The campaign's own fields as they are stored, by name and as people call
        them."""
        if not self:
            return {}
        self.ensure_one()
        # sudo: telecom.campaign.properties - callers decided that it may be seen
        found = self.sudo().read(["contact_properties"])[0]["contact_properties"]
        called = {prop.get("string"): prop.get("value") for prop in found}
        return called | {prop["name"]: prop.get("value") for prop in found}

    def _write_property(self, name, value):
        """Write one of the campaign's own fields.

        :param str name: its name, or as people call it
        :param value: in any type; a choice as its text
        :return: whether the campaign has this field
        """
        self.ensure_one()
        props = self.read(["contact_properties"])[0]["contact_properties"]
        prop = next(
            (prop for prop in props if name in (prop["name"], prop.get("string"))), None
        )
        if not prop:
            return False
        if prop["type"] == "selection":
            keys = {label: key for key, label in prop.get("selection") or []}
            value = keys.get(value, False)
        elif prop["type"] in ("char", "text"):
            value = str(value) if value not in (None, False) else False
        elif prop["type"] == "date":
            value = fields.Date.to_string(value) if value else False
        self.contact_properties = {
            **{each["name"]: each.get("value") for each in props},
            prop["name"]: value,
        }
        return True

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

SERIAL_KINDS = [
    ("phone", "Phone"),
    ("tablet", "Tablet"),
    ("key4g", "4G Key"),
    ("modem", "Modem"),
    ("fibre_terminal", "Fibre Terminal"),
    ("sim", "SIM Card"),
    ("scratch_card", "Scratch Card"),
    ("other", "Other"),
]
#: By kind, the number that tells one item from another
IDENTIFIERS = {
    "phone": "imei",
    "tablet": "imei",
    "key4g": "imei",
    "modem": "serial",
    "fibre_terminal": "serial",
    "sim": "iccid",
    "scratch_card": "serial",
    "other": "serial",
}
#: Sold by the piece or by the pack, as the shop likes
MAY_BE_COUNTED = {"scratch_card", "other"}


class ProductTemplate(models.Model):
    _inherit = "product.template"

    telecom_boutique_item = fields.Boolean(
        string="Asked for in Boutiques",
        help="People can look for the nearest boutique that has it in stock.",
    )
    telecom_kind = fields.Selection(
        SERIAL_KINDS,
        string="Telecom Item",
        index="btree_not_null",
        help="Items of a kind are followed one by one, by IMEI, ICCID or serial "
        "number.",
    )
    telecom_identifier = fields.Selection(
        [
            ("imei", "IMEI"),
            ("iccid", "ICCID"),
            ("serial", "Serial Number"),
        ],
        string="Identified by",
        compute="_compute_telecom_identifier",
        store=True,
        readonly=False,
        help="A 4G router has an IMEI, a Wi-Fi tablet has none.",
    )

    @api.depends("telecom_kind")
    def _compute_telecom_identifier(self):
        for template in self:
            template.telecom_identifier = IDENTIFIERS.get(template.telecom_kind)

    @api.constrains("telecom_kind", "telecom_identifier", "tracking", "is_storable")
    def _check_telecom_kind(self):
        for template in self.filtered("telecom_kind"):
            if template.telecom_kind not in MAY_BE_COUNTED and (
                template.tracking != "serial" or not template.is_storable
            ):
                raise ValidationError(
                    self.env._(
                        "“%s” is followed one by one: track it by unique serial "
                        "number.",
                        template.display_name,
                    )
                )
            if (template.telecom_kind == "sim") != (
                template.telecom_identifier == "iccid"
            ):
                raise ValidationError(
                    self.env._(
                        "SIM cards, and nothing else, are identified by ICCID: “%s”.",
                        template.display_name,
                    )
                )

    @api.onchange("telecom_kind")
    def _onchange_telecom_kind(self):
        if self.telecom_kind and self.telecom_kind not in MAY_BE_COUNTED:
            self.is_storable = True
            self.tracking = "serial"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._telecom_follow_one_by_one(vals)
        return super().create(vals_list)

    def write(self, vals):
        if vals.keys() & {"telecom_kind", "telecom_identifier", "tracking"}:
            self._telecom_check_unused(vals)
        self._telecom_follow_one_by_one(vals)
        return super().write(vals)

    @api.model
    def _telecom_follow_one_by_one(self, vals):
        """Say of a phone or a SIM how it is tracked, when its maker did not."""
        kind = vals.get("telecom_kind")
        if kind and kind not in MAY_BE_COUNTED:
            vals.setdefault("is_storable", True)
            vals.setdefault("tracking", "serial")

    def _telecom_check_unused(self, vals):
        """Refuse to call items of which there are some something else.

        :raises UserError: their numbers were checked as what they are now
        """
        changed = self.filtered(
            lambda template: (
                any(
                    (template[name] or False) != (vals[name] or False)
                    for name in ("telecom_kind", "telecom_identifier", "tracking")
                    if name in vals
                )
                and (template.telecom_kind or vals.get("telecom_kind"))
            )
        )
        if not changed:
            return
        # sudo: stock.lot - whether there are any, of any operator that shares it
        lot = (
            self.env["stock.lot"]
            .sudo()
            .search([("product_id.product_tmpl_id", "in", changed.ids)], limit=1)
        )
        if lot:
            raise UserError(
                self.env._(
                    "There are serial numbers of “%s” already: it stays the kind of "
                    "item it is.",
                    lot.product_id.display_name,
                )
            )

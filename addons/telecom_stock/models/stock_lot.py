import re
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError, ValidationError
from odoo.fields import Command, Domain

from odoo.addons.telecom_crm.tools.line_states import LIVE

from ..engine import identifiers, serial_states
from .product_template import SERIAL_KINDS

SERIAL_STATES = [
    ("transit", "In Transit"),
    ("stock", "In Stock"),
    ("reserved", "Reserved"),
    ("sold", "Sold"),
    ("active", "Activated"),
    ("swapped", "Swapped"),
    ("returned", "Returned"),
    ("repair", "In Repair"),
    ("lost", "Lost or Stolen"),
    ("scrapped", "Scrapped"),
]
#: Movements with which nothing happens any more
ENDED = ("done", "cancel")
#: In the context while a transfer is being done: what is reserved and freed on the way
#: is no news. An object, which no client can send.
MOVING = object()
#: In the context while a count books what was thrown away: it is not missing
SCRAPPING = object()
#: What moves, sales and lines write, and nobody by hand: a form shows them read-only,
#: which binds nobody who calls the server himself
FOLLOWED = {
    "telecom_kind",
    "telecom_state",
    "telecom_line_id",
    "telecom_partner_id",
    "telecom_boutique_id",
    "telecom_block_reason",
}


class StockLot(models.Model):
    """An item that is followed one by one: a phone, a SIM, a fibre terminal…

    Only lots whose product has a telecom kind are ours; the others are as Odoo made
    them.
    """

    _name = "stock.lot"
    _inherit = ["stock.lot", "telecom.puk.mixin"]

    _puk_field = "telecom_puk"
    _puk_input_field = "telecom_puk_input"

    telecom_kind = fields.Selection(
        SERIAL_KINDS,
        string="Telecom Item",
        compute="_compute_telecom_kind",
        store=True,
        precompute=True,
    )
    telecom_identifier = fields.Selection(related="product_id.telecom_identifier")
    telecom_state = fields.Selection(
        SERIAL_STATES, string="Status", readonly=True, copy=False
    )
    telecom_imsi = fields.Char(string="IMSI", copy=False)
    telecom_puk = fields.Char(
        string="PUK (stored)", copy=False, groups=fields.NO_ACCESS
    )
    telecom_puk_input = fields.Char(
        string="PUK",
        compute="_compute_puk_input",
        inverse="_inverse_puk_input",
        groups="telecom_crm.group_telecom_puk",
        help="Write the code of a new SIM here; it is not shown again.",
    )
    telecom_msisdn = fields.Char(
        string="Number of the SIM",
        copy=False,
        help="The number this SIM was prepared for; kept in E.164, with +.",
    )
    telecom_line_id = fields.Many2one(
        "telecom.line",
        string="Line",
        check_company=True,
        index="btree_not_null",
        readonly=True,
        copy=False,
        help="The line it is in service on.",
    )
    telecom_partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        check_company=True,
        index="btree_not_null",
        readonly=True,
        copy=False,
        help="Whom it was sold to.",
    )
    telecom_boutique_id = fields.Many2one(
        "telecom.boutique",
        string="Boutique",
        compute="_compute_telecom_boutique_id",
        store=True,
        index="btree_not_null",
        help="The shop it is in.",
    )
    telecom_block_reason = fields.Char(
        string="Blocked because", readonly=True, copy=False
    )
    telecom_event_ids = fields.One2many(
        "telecom.serial.event", "lot_id", string="History"
    )

    # An operator's item has one number, and a number is of one item, of whatever
    # product, whoever writes it at the same time.
    _telecom_serial_unique = models.UniqueIndex(
        "(company_id, name) WHERE telecom_kind IS NOT NULL",
        "This number belongs to another item of this operator.",
    )
    _telecom_company_required = models.Constraint(
        "CHECK(telecom_kind IS NULL OR company_id IS NOT NULL)",
        "A phone, a SIM or another telecom item belongs to an operator.",
    )
    _telecom_state_idx = models.Index(
        "(company_id, telecom_state, product_id) WHERE telecom_kind IS NOT NULL"
    )

    # A number is given once: of two SIMs made for it one would be sold without
    _telecom_msisdn_unique = models.UniqueIndex(
        "(company_id, telecom_msisdn) WHERE telecom_kind = 'sim'"
        " AND telecom_msisdn IS NOT NULL"
        " AND telecom_state IN ('transit', 'stock', 'reserved')",
        "This number is that of another SIM that is still to be sold.",
    )

    # Computes

    @api.depends("product_id.telecom_kind", "product_id.tracking")
    def _compute_telecom_kind(self):
        for lot in self:
            product = lot.product_id
            lot.telecom_kind = product.tracking == "serial" and product.telecom_kind

    @api.depends("location_id.warehouse_id.telecom_boutique_ids")
    def _compute_telecom_boutique_id(self):
        for lot in self:
            # sudo: telecom.boutique - kept with the item, whoever moves it
            lot.telecom_boutique_id = lot.sudo().location_id.warehouse_id[
                "telecom_boutique_ids"
            ][:1]

    # Constraints

    @api.constrains("telecom_imsi")
    def _check_telecom_imsi(self):
        for lot in self.filtered("telecom_imsi"):
            if not re.fullmatch(r"\d{14,15}", lot.telecom_imsi):
                raise ValidationError(
                    self.env._("%(imsi)s is no IMSI: 15 digits.", imsi=lot.telecom_imsi)
                )

    # ORM

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            self._telecom_check_by_hand(vals)
            product = self.env["product.product"].browse(
                vals.get("product_id") or self.env.context.get("default_product_id")
            )
            if not self._telecom_is_followed(product):
                continue
            company = self.env["res.company"].browse(
                vals.get("company_id") or product.company_id.id or self.env.company.id
            )
            vals["company_id"] = company.id
            vals.setdefault("telecom_state", serial_states.TRANSIT)
            if vals.get("name"):
                vals["name"] = self._telecom_normalise(product, vals["name"])
            self._telecom_clean(vals, company)
        lots = super().create(vals_list)
        lots._telecom_check_not_on_line()
        return lots

    def write(self, vals):
        self._telecom_check_by_hand(vals)
        followed = self.filtered("telecom_kind")
        before = {}
        if followed:
            vals = dict(vals)
            if vals.get("name"):
                for product in followed.product_id:
                    vals["name"] = self._telecom_normalise(product, vals["name"])
                before = {lot: lot.name for lot in followed if lot.name != vals["name"]}
                self.browse([lot.id for lot in before])._telecom_check_renumber()
            self._telecom_clean(vals, followed.company_id[:1])
        result = super().write(vals)
        # sudo: telecom.serial.event - whether the item was anywhere yet
        moved = [lot for lot in before if lot.sudo().telecom_event_ids]
        self._telecom_record(
            [
                (
                    lot,
                    {
                        "kind": "renumbered",
                        "old_state": lot.telecom_state,
                        "new_state": lot.telecom_state,
                        "reason": f"{before[lot]} → {lot.name}",
                    },
                )
                for lot in moved
            ]
        )
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_moved(self):
        """The history of what was somewhere, or in service, stays."""
        # sudo: telecom.serial.event - whether there is any
        if self.sudo().telecom_event_ids:
            raise UserError(
                self.env._(
                    "This item has a history, so it stays. Say that it is lost, or "
                    "correct its number."
                )
            )

    @api.model
    def _telecom_check_by_hand(self, vals):
        """Refuse to write by hand what follows from moves, sales and lines.

        :raises AccessError: otherwise whoever may write lots would lift blocks
        """
        if not self.env.su and vals.keys() & FOLLOWED:
            raise AccessError(
                self.env._(
                    "Where an item is and whose it is follows from what is done with "
                    "it: sell it, take it back, block it."
                )
            )

    def _telecom_check_renumber(self):
        """Refuse to correct the number of what is blocked or in service.

        Under another number a stolen phone would be unknown where it is offered again.

        :raises UserError: saying which item
        """
        for lot in self:
            if lot.telecom_state in serial_states.BLOCKED:
                raise UserError(lot._telecom_blocked_message())
            # sudo: telecom.line - its number only
            line = lot.sudo().telecom_line_id
            if line and lot.telecom_kind == "sim":
                raise UserError(
                    self.env._(
                        "The SIM %(iccid)s is in the line %(line)s. Change the line's "
                        "SIM, or terminate the line, first.",
                        iccid=lot.name,
                        line=line.display_name,
                    )
                )

    @api.model
    def _telecom_is_followed(self, product):
        """Tell whether a product's lots are items of ours."""
        return bool(product.telecom_kind and product.tracking == "serial")

    @api.model
    def _telecom_clean(self, vals, company):
        """Bring the numbers beside the ICCID into the form they are kept in."""
        for name in ("telecom_imsi", "telecom_puk", "telecom_puk_input"):
            if vals.get(name):
                vals[name] = re.sub(r"[\s-]", "", vals[name])
        if vals.get("telecom_msisdn"):
            vals["telecom_msisdn"] = self.env["telecom.line"]._sanitize_msisdn(
                company, vals["telecom_msisdn"]
            )

    @api.model
    def _telecom_normalise(self, product, text):
        """Return a serial number of a product as it is kept.

        :raises ValidationError: it is none, with what to do
        """
        try:
            return identifiers.normalise(product.telecom_identifier or "serial", text)
        except identifiers.BadIdentifier as bad:
            raise ValidationError(
                self._telecom_explain(product.telecom_identifier, bad)
            ) from bad

    @api.model
    def _telecom_explain(self, kind, bad):
        """Return what is wrong with a number and what to do, in the user's language.

        :param str kind: ``imei``, ``iccid`` or ``serial``
        :param identifiers.BadIdentifier bad: what was wrong
        :rtype: str
        """
        _ = self.env._
        text, length = bad.text, len(bad.text)
        if bad.code == "empty":
            return _("There is no serial number: type it, or scan the label.")
        if bad.code == "long":
            return _("%s… is too long for a serial number.", text[:20])
        if kind == "imei":
            reasons = {
                "digits": lambda: _(
                    "%s is no IMEI: it has digits only. Scan the label of the box, or "
                    "dial *#06# on the device.",
                    text,
                ),
                "length": lambda: _(
                    "%(text)s is no IMEI: it has %(count)s digits instead of 15. Scan "
                    "it again, or dial *#06# on the device.",
                    text=text,
                    count=length,
                ),
                "zeros": lambda: _(
                    "%s is no IMEI: it has zeros only. The device has lost its own.",
                    text,
                ),
                "check": lambda: _(
                    "The IMEI %(text)s is mistyped: after %(start)s the last digit "
                    "would be %(expected)s. Compare it with the label, digit by digit.",
                    text=text,
                    start=text[:-1],
                    expected=bad.expected,
                ),
            }
        elif kind == "iccid":
            reasons = {
                "digits": lambda: _(
                    "%s is no ICCID: it has digits only, and perhaps an F at the end. "
                    "Scan the card again.",
                    text,
                ),
                "length": lambda: _(
                    "%(text)s is no ICCID: it has %(count)s digits instead of 18 to "
                    "20. Scan the card again.",
                    text=text,
                    count=length,
                ),
                "prefix": lambda: _(
                    "%s is no ICCID: all begin with 89. Scan the longest number of the "
                    "card.",
                    text,
                ),
                "check": lambda: _(
                    "The ICCID %(text)s is mistyped: after %(start)s the last digit "
                    "would be %(expected)s. Compare it with the card, digit by digit.",
                    text=text,
                    start=text[:-1],
                    expected=bad.expected,
                ),
            }
        else:
            reasons = {
                "digits": lambda: _(
                    "%s has characters that no serial number has. Scan it again.", text
                )
            }
        return reasons[bad.code]()

    def _telecom_check_not_on_line(self):
        """Refuse new SIMs that are in service on a line.

        :raises ValidationError: what comes from the supplier is nobody's yet
        """
        sims = self.filtered(lambda lot: lot.telecom_kind == "sim")
        for company, lots in sims.grouped("company_id").items():
            # A line may hold it without its check digit
            spellings = [
                text
                for name in lots.mapped("name")
                for text in identifiers.iccid_spellings(name)
            ]
            # sudo: telecom.line - whether the operator has it, whoever receives it
            line = (
                self.env["telecom.line"]
                .sudo()
                .search(
                    [
                        ("company_id", "=", company.id),
                        ("iccid", "in", spellings),
                        ("state", "!=", "terminated"),
                    ],
                    limit=1,
                )
            )
            if line:
                raise ValidationError(
                    self.env._(
                        "The SIM %(iccid)s is in the line %(line)s: it cannot come "
                        "into stock.",
                        iccid=line.iccid,
                        line=line.display_name,
                    )
                )

    # History

    def _telecom_record(self, events):
        """Write events into the history of items.

        :param list events: (lot, values of the event)
        """
        # sudo: telecom.serial.event - nobody writes history but the item itself
        self.env["telecom.serial.event"].sudo().create(
            [
                {
                    "company_id": lot.company_id.id,
                    "lot_id": lot.id,
                    "partner_id": lot.telecom_partner_id.id,
                    "line_id": lot.telecom_line_id.id,
                    "user_id": self.env.uid,
                    **values,
                }
                for lot, values in events
            ]
        )

    def _telecom_become(self, state, kind, values=None, **event):
        """Bring items into a state, and keep that in their history.

        :param str state: one of :data:`SERIAL_STATES`, or False to leave it
        :param str kind: of the event
        :param dict values: more values of the item
        :param event: more values of the event
        """
        before = {lot: lot.telecom_state for lot in self}
        # sudo: stock.lot - states are nobody's to write; who may do what was checked
        lots = self.sudo()
        lots.write({**(values or {}), **({"telecom_state": state} if state else {})})
        self._telecom_record(
            [
                (
                    lot,
                    {
                        "kind": kind,
                        "old_state": before[lot],
                        "new_state": state or before[lot],
                        **event,
                    },
                )
                for lot in self
            ]
        )

    def _record_puk_reading(self):
        self._telecom_record([(lot, {"kind": "puk"}) for lot in self])

    # Finding

    @api.model
    def _telecom_by_scan(self, text, company=None):
        """Return the item of a scanned or typed number.

        :param str text: IMEI, ICCID or serial number, with or without check digit,
            separators or filler
        :param res.company company: the operator; the present one when left out
        :return: the item, or nothing
        """
        company = company or self.env.company
        numbers = identifiers.guesses(text)
        lots = self.search(
            [
                ("company_id", "=", company.id),
                ("telecom_kind", "!=", False),
                ("name", "in", numbers),
            ]
        )
        return lots.sorted(lambda lot: numbers.index(lot.name))[:1]

    @api.model
    def _telecom_made_for(self, company, numbers):
        """Return {number: its SIM} of the numbers for which SIMs to be sold were made.

        :param res.company company: the operator
        :param numbers: in E.164
        """
        # sudo: stock.lot - whether there is one, in whatever shop
        lots = self.sudo().search_fetch(
            self._telecom_made_domain(company)
            & Domain("telecom_msisdn", "in", list(numbers)),
            ["telecom_msisdn", "name"],
        )
        return {lot.telecom_msisdn: lot for lot in lots}

    @api.model
    def _telecom_made_domain(self, company):
        """Return which items are SIMs to be sold that may have a number already.

        :param res.company company: the operator
        :rtype: Domain
        """
        return Domain(
            [
                ("company_id", "=", company.id),
                ("telecom_kind", "=", "sim"),
                ("telecom_state", "in", serial_states.TO_BE_SOLD),
            ]
        )

    @api.model
    def _search_display_name(self, operator, value):
        """Find an item by its number as it is printed, spaces and filler included."""
        domain = super()._search_display_name(operator, value)
        if operator not in ("ilike", "like", "=") or not isinstance(value, str):
            return domain
        numbers = [text for text in identifiers.guesses(value) if text != value]
        if not numbers:
            return domain
        return Domain(domain) | (
            Domain("telecom_kind", "!=", False) & Domain("name", "in", numbers)
        )

    # What may be done

    def _telecom_check(self, action):
        """Refuse to do something with items that are not in a state for it.

        :param str action: of :data:`serial_states.ALLOWED`
        :raises UserError: saying which item, and what it is
        """
        for lot in self:
            if not lot.telecom_kind:
                raise UserError(
                    self.env._(
                        "%(serial)s is no telecom item: say so on its product "
                        "“%(product)s”.",
                        serial=lot.name,
                        product=lot.product_id.display_name,
                    )
                )
            if serial_states.allowed(action, lot.telecom_state):
                continue
            if lot.telecom_state in serial_states.BLOCKED:
                raise UserError(lot._telecom_blocked_message())
            labels = dict(
                self._fields["telecom_state"]._description_selection(self.env)
            )
            raise UserError(
                self.env._(
                    "%(product)s %(serial)s is “%(state)s”: this cannot be done with "
                    "it now.",
                    product=lot.product_id.display_name,
                    serial=lot.name,
                    state=labels[lot.telecom_state],
                )
            )

    def _telecom_blocked_message(self):
        self.ensure_one()
        if self.telecom_block_reason:
            return self.env._(
                "%(product)s %(serial)s is blocked (%(reason)s). Nothing can be done "
                "with it until a stock manager lifts the block.",
                product=self.product_id.display_name,
                serial=self.name,
                reason=self.telecom_block_reason,
            )
        return self.env._(
            "%(product)s %(serial)s was missing at the last count. Count it in where "
            "it is first.",
            product=self.product_id.display_name,
            serial=self.name,
        )

    # Life of an item

    def _telecom_follow_reservation(self, reserved):
        """Follow a reservation that was made or ended.

        :param bool reserved: it was made
        """
        if self.env.context.get("telecom_moving") is MOVING:
            return
        before, after, kind = (
            (serial_states.STOCK, serial_states.RESERVED, "reserved")
            if reserved
            else (serial_states.RESERVED, serial_states.STOCK, "freed")
        )
        lots = self.filtered(lambda lot: lot.telecom_state == before)
        if lots:
            lots._telecom_become(after, kind)

    def _telecom_lock(self):
        """Keep others from selling or moving these items until this is through.

        :raises UserError: somebody is at it
        """
        try:
            self.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody else is selling or moving one of these items right now. "
                    "Scan it again in a moment."
                )
            ) from error
        self.invalidate_recordset()

    def _telecom_in_shop(self):
        """Return those that stand in a location of the operator."""
        return self.filtered(lambda lot: lot.location_id.usage == "internal")

    def _telecom_sell(self, partner, line=None):
        """Sell items to a customer: those still in a shop leave it.

        :param res.partner partner: the customer
        :param telecom.line line: the line they are for; it gets the SIM's ICCID, IMSI
            and PUK. A line in service takes them into service, one that waits does so
            when it is activated.
        :return: the deliveries made
        :rtype: stock.picking
        :raises UserError: an item is blocked, or somebody has it already
        """
        delivered = self.filtered(
            lambda lot: (
                lot.telecom_state == serial_states.SOLD
                and lot.telecom_partner_id in (partner, partner.browse())
            )
        )
        (self - delivered)._telecom_check("sell")
        self._telecom_check_company(partner)
        # sudo: stock.lot - whom it was sold to, checked above
        self.sudo().write({"telecom_partner_id": partner.id})
        pickings = (self - delivered)._telecom_deliver(partner)
        if line:
            self._telecom_pair(line)
        return pickings

    def _telecom_check_company(self, record):
        """Refuse to mix what belongs to two operators."""
        for lot in self:
            # sudo: any model - its company only
            if record.sudo().company_id not in (
                lot.company_id,
                self.env["res.company"],
            ):
                raise UserError(
                    self.env._("%s belongs to another operator.", lot.display_name)
                )

    def _telecom_check_kept(self, partner):
        """Refuse to hand out what a line of somebody else waits for.

        The line has the SIM's numbers already: whoever holds the card gets its calls.

        :param res.partner partner: who gets it; none at a till that asked nobody
        :raises UserError: saying which line
        """
        for lot in self:
            # sudo: telecom.line - whose it is, whoever hands the item out
            line = lot.sudo().telecom_line_id
            owner = line.partner_id.commercial_partner_id
            if owner and owner != partner.commercial_partner_id:
                raise UserError(
                    self.env._(
                        "%(product)s %(serial)s is kept for the line %(line)s.",
                        product=lot.product_id.display_name,
                        serial=lot.name,
                        line=line.display_name,
                    )
                )

    def _telecom_check_reserved(self, partner, carried_out=None):
        """Refuse to hand out what is reserved for somebody else.

        Odoo would take it off the other one's delivery, and tell nobody.

        :param res.partner partner: who gets it; none at a till that asked nobody
        :param stock.move.line carried_out: the reservations that are being done
        :raises UserError: saying what it is reserved for
        """
        # Not by their status: of two reservations of an item, the end of one frees it
        # sudo: stock.move.line - whose it is, whoever hands the item out
        lines = (
            self.env["stock.move.line"]
            .sudo()
            .search(
                [
                    ("lot_id", "in", self.filtered("telecom_kind").ids),
                    ("state", "not in", ENDED),
                    ("quantity", ">", 0),
                    ("location_id.usage", "=", "internal"),
                    ("id", "not in", carried_out.ids if carried_out else []),
                ]
            )
        )
        for line in lines:
            owner = line._telecom_customer()
            if owner and owner.commercial_partner_id == partner.commercial_partner_id:
                continue
            raise UserError(
                self.env._(
                    "%(product)s %(serial)s is reserved for %(transfer)s: deliver "
                    "that order, or free it, first.",
                    product=line.product_id.display_name,
                    serial=line.lot_id.name,
                    transfer=line.picking_id.origin or line.reference,
                )
            )

    def _telecom_deliver(self, partner):
        """Move items out of the shops they are in, to a customer.

        :return: one validated delivery for each warehouse
        :rtype: stock.picking
        """
        by_type = defaultdict(self.browse)
        for lot in self._telecom_in_shop():
            warehouse = lot.location_id.warehouse_id
            if warehouse:
                by_type[warehouse.out_type_id] |= lot
        destination = partner.property_stock_customer
        return self._telecom_transfer(
            [(kind, destination, lots) for kind, lots in by_type.items()], partner
        )

    def _telecom_transfer(self, transfers, partner):
        """Make and validate transfers of items.

        :param list transfers: (operation type, destination, lots)
        :rtype: stock.picking
        """
        # sudo: stock.picking - made with the sale, whoever may sell; companies checked
        Picking = self.env["stock.picking"].sudo()
        pickings = Picking.browse()
        for kind, destination, lots in transfers:
            for location, there in lots.grouped("location_id").items():
                by_product = there.grouped("product_id")
                picking = Picking.with_company(kind.company_id).create(
                    {
                        "picking_type_id": kind.id,
                        "partner_id": partner.id,
                        "location_id": location.id,
                        "location_dest_id": destination.id,
                        "move_ids": [
                            Command.create(
                                {
                                    "product_id": product.id,
                                    "product_uom_qty": len(same),
                                    "product_uom": product.uom_id.id,
                                    "location_id": location.id,
                                    "location_dest_id": destination.id,
                                }
                            )
                            for product, same in by_product.items()
                        ],
                    }
                )
                picking.action_confirm()
                picking.move_line_ids.create(
                    [
                        {
                            **move._prepare_move_line_vals(quantity=1),
                            "lot_id": lot.id,
                            "location_id": location.id,
                            "picked": True,
                        }
                        for move in picking.move_ids
                        for lot in by_product[move.product_id]
                    ]
                )
                pickings |= picking
        pickings._telecom_hand_over()
        return pickings

    def _telecom_activate(self, line):
        """Put items into service on a line; those still in a shop leave it.

        A SIM gives the line its ICCID, IMSI and PUK, and takes the place of the one
        that was there. A line that waits for its SIM goes into service with it.

        :param telecom.line line: of the same operator
        :raises UserError: an item is blocked or in service already, or the line has no
            customer
        """
        self._telecom_check("activate")
        self._telecom_pair(line)
        if line.state in ("available", "reserved") and "sim" in self.mapped(
            "telecom_kind"
        ):
            # sudo: telecom.line - a shop puts lines into service with their SIM
            line.sudo().action_activate()
        waiting = self.filtered(lambda lot: lot.telecom_state != serial_states.ACTIVE)
        waiting._telecom_put_on(line)

    def _telecom_pair(self, line):
        """Say which line items are for; a SIM gives the line its numbers.

        :param telecom.line line: of the same operator
        :raises UserError: nobody uses the line any more
        """
        self._telecom_check_company(line)
        if line.state == "terminated":
            raise UserError(
                self.env._("The line %s has been terminated.", line.display_name)
            )
        for lot in self:
            if lot.telecom_kind == "sim":
                if line.iccid != lot.name:
                    # sudo: telecom.line - a shop puts SIMs on lines
                    line.sudo().write({"iccid": lot.name})
            elif line.state in LIVE:
                lot._telecom_put_on(line)
            else:
                # sudo: stock.lot - checked above
                lot.sudo().telecom_line_id = line

    def _telecom_put_on(self, line):
        """Follow a line that took these items into service."""
        if not self:
            return
        # sudo: stock.lot - whom it is for
        self.filtered(lambda lot: not lot.telecom_partner_id).sudo().write(
            {"telecom_partner_id": line.partner_id.id}
        )
        self._telecom_deliver(line.partner_id)
        self._telecom_become(
            serial_states.ACTIVE, "activated", {"telecom_line_id": line.id}
        )

    def _telecom_take_off(self, kind):
        """Follow a line that goes on without these items.

        :param str kind: of the event, ``swapped`` or ``ended``
        """
        for lot in self:
            state = lot.telecom_state
            if state == serial_states.ACTIVE:
                # A SIM is used once; a device stays its owner's
                sim = lot.telecom_kind == "sim"
                state = serial_states.SWAPPED if sim else serial_states.SOLD
            lot._telecom_become(state, kind, {"telecom_line_id": False})

    def _telecom_block(self, reason):
        """Block lost or stolen items, everywhere at once.

        What was reserved is free again, and the line of a SIM is suspended.

        :param str reason: what happened; whoever meets the item is told
        """
        reason = (reason or "").strip()
        if not reason:
            # Without one it would look like a piece that a count missed, and the next
            # count would lift the block
            raise UserError(self.env._("Say why the item is blocked."))
        self._telecom_check("block")
        # sudo: stock.move.line - the block goes before what others had planned
        planned = (
            self.env["stock.move.line"]
            .sudo()
            .search([("lot_id", "in", self.ids), ("state", "not in", ENDED)])
        )
        planned.unlink()
        self._telecom_become(
            serial_states.LOST,
            "blocked",
            {"telecom_block_reason": reason},
            reason=reason,
        )
        sims = self.filtered(lambda lot: lot.telecom_kind == "sim")
        # sudo: telecom.line - a SIM that is stolen in a shop's eyes serves nobody
        lines = sims.sudo().telecom_line_id.filtered(
            lambda line: line.state == "active"
        )
        lines.with_context(telecom_line_event={"reason": reason}).action_suspend()

    def _telecom_unblock(self, reason=None):
        """Lift the block of items that were found."""
        self._telecom_check("unblock")
        for lot in self:
            lot._telecom_become(
                lot._telecom_state_of_place(lot._telecom_state_before_block()),
                "unblocked",
                {"telecom_block_reason": False},
                reason=reason,
            )

    def _telecom_state_before_block(self):
        """Return what an item was when it was blocked; False when nobody knows."""
        self.ensure_one()
        # sudo: telecom.serial.event - of an item whose access was checked
        event = (
            self.env["telecom.serial.event"]
            .sudo()
            .search([("lot_id", "=", self.id), ("kind", "=", "blocked")], limit=1)
        )
        return event.old_state

    def _telecom_state_of_place(self, before=False):
        """Return the state that follows from where an item is and its line.

        :param str before: what it was before it was blocked
        """
        self.ensure_one()
        # sudo: telecom.line - whether it is in service
        on_line = self.sudo().telecom_line_id.state in LIVE
        return serial_states.after_block(self.location_id.usage or "", on_line, before)

    def _telecom_return(self, location=None, reason=None):
        """Take items back from customers.

        :param stock.location location: where they come to; the place each was sold
            from when left out
        :param str reason: why they come back
        :return: the receipts made
        :rtype: stock.picking
        :raises UserError: the SIM is in a line, or the item is not at a customer's
        """
        self._telecom_check("return")
        outside = self.filtered(lambda lot: lot.location_id.usage != "customer")
        if outside:
            raise UserError(
                self.env._(
                    "%s is not at a customer's, so it cannot come back.",
                    outside[0].display_name,
                )
            )
        # sudo: stock.picking - made with the return, in the operator of the items
        lots = self.sudo().with_context(telecom_move_reason=reason)
        pickings = self.env["stock.picking"]
        places = {lot: location or lot._telecom_sold_from() for lot in lots}
        for place, there in lots.grouped(places.get).items():
            warehouse = place.warehouse_id
            for partner, same in there.grouped("telecom_partner_id").items():
                pickings |= same._telecom_transfer(
                    [(warehouse.in_type_id, place, same)], partner
                )
        return pickings

    def _telecom_sold_from(self):
        """Return the place in a shop from which an item went to its customer."""
        self.ensure_one()
        line = self.env["stock.move.line"].search(
            [
                ("lot_id", "=", self.id),
                ("state", "=", "done"),
                ("location_id.usage", "=", "internal"),
            ],
            order="date desc, id desc",
            limit=1,
        )
        return (
            line.location_id
            or self.env["stock.warehouse"]
            .search([("company_id", "=", self.company_id.id)], limit=1)
            .lot_stock_id
        )

    def _telecom_repair(self, reason=None):
        """Say that items are being repaired; nobody is offered them meanwhile."""
        self._telecom_check("repair")
        self._telecom_become(serial_states.REPAIR, "repair", reason=reason)

    def _telecom_used(self):
        """Return the SIMs that were in service on a line: each is used once."""
        sims = self.filtered(lambda lot: lot.telecom_kind == "sim")
        if not sims:
            return sims
        # sudo: telecom.serial.event - of whatever shop they were activated in
        events = (
            self.env["telecom.serial.event"]
            .sudo()
            .search_fetch(
                [("lot_id", "in", sims.ids), ("kind", "=", "activated")], ["lot_id"]
            )
        )
        return sims & self.browse(events.lot_id.ids)

    def _telecom_restock(self, reason=None):
        """Offer items again that came back, or were repaired.

        :raises UserError: a SIM was in service, or an item is in no shop
        """
        used = self._telecom_used()
        if used:
            raise UserError(
                self.env._(
                    "The SIM %(iccid)s was in service on a line: it works on no other "
                    "and is not sold again. Scrap it.",
                    iccid=used[0].name,
                )
            )
        self._telecom_check("restock")
        outside = self - self._telecom_in_shop()
        if outside:
            raise UserError(
                self.env._(
                    "%s is in no shop: take it back first.", outside[0].display_name
                )
            )
        self._telecom_become(serial_states.STOCK, "restocked", reason=reason)

    def _telecom_give_back(self):
        """Give items that were repaired back to the customers they belong to."""
        self._telecom_check("give_back")
        for lot in self:
            if lot.location_id.usage != "customer":
                raise UserError(
                    self.env._(
                        "%s is the shop's own: offer it again instead.",
                        lot.display_name,
                    )
                )
            lot._telecom_become(lot._telecom_state_of_place(), "given_back")

    # Actions

    def _telecom_open_action(self, kind, name):
        """Open the dialog in which people say why they do something with items."""
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "telecom.serial.action",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_kind": kind,
                "default_lot_ids": self.ids,
                "default_company_id": self.company_id[:1].id,
            },
        }

    def action_telecom_block(self):
        """Say that items are lost or stolen."""
        return self._telecom_open_action("block", self.env._("Lost or Stolen"))

    def action_telecom_unblock(self):
        """Say that items were found."""
        return self._telecom_open_action("unblock", self.env._("Lift the Block"))

    def action_telecom_return(self):
        """Take items back from a customer."""
        return self._telecom_open_action("return", self.env._("Take Back"))

    def action_telecom_repair(self):
        """Send items to repair."""
        return self._telecom_open_action("repair", self.env._("Send to Repair"))

    def action_telecom_restock(self):
        """Offer items again."""
        self.check_access("write")
        return self._telecom_restock()

    def action_telecom_give_back(self):
        """Give repaired items back to their customers."""
        self.check_access("write")
        return self._telecom_give_back()

    @api.model
    def telecom_find(self, text):
        """Open the page of a scanned number.

        :param str text: IMEI, ICCID or serial number
        :return: the action, or ``{"message": …}`` saying what to do
        :rtype: dict
        """
        for company in self.env.companies:
            lot = self._telecom_by_scan(text, company)
            if lot:
                return {
                    "type": "ir.actions.act_window",
                    "name": lot.name,
                    "res_model": "stock.lot",
                    "res_id": lot.id,
                    "views": [(False, "form")],
                }
        number = identifiers.clean(text)
        message = self.env._(
            "No item has the number %s. Receive it first, or scan another label.",
            number,
        )
        kind = "iccid" if number.startswith("89") and len(number) > 16 else "imei"
        if number.isdigit() and len(number) > 13:
            try:
                identifiers.normalise(kind, number)
            except identifiers.BadIdentifier as bad:
                message = self._telecom_explain(kind, bad)
        return {"message": message}

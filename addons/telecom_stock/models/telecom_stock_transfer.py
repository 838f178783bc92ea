from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools.sql import escape_psql

from odoo.addons.telecom_crm.tools.once import once

TRANSFER_STATES = [
    ("draft", "Being Prepared"),
    ("requested", "Asked for"),
    ("proposed", "Proposed"),
    ("ready", "To Send"),
    ("transit", "On the Way"),
    ("done", "Received"),
    ("refused", "Refused"),
    ("cancelled", "Cancelled"),
]
#: Before anything was decided
OPEN = ("draft", "requested", "proposed")
#: Written by what is done with a transfer, never by hand
OF_ACTIONS = {
    "state",
    "picking_ids",
    "sent_at",
    "received_at",
    "settled_at",
    "refusal",
}
TRANSFER_SEQUENCE = "telecom.stock.transfer"
STOCK_MANAGER = "telecom_stock.group_telecom_stock_manager"


class TelecomStockTransfer(models.Model):
    """Goods that go from one shop to another: asked for, sent, received.

    Each way is a transfer of Odoo: out of the first shop into the operator's transit
    location, and from there into the second one. Both shops see all of it.
    """

    _name = "telecom.stock.transfer"
    _description = "Transfer between Boutiques"
    _inherit = ["mail.thread", "telecom.owned.mixin"]
    _check_company_auto = True
    _order = "id desc"

    name = fields.Char(string="Number", required=True, default="/", copy=False)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    state = fields.Selection(
        TRANSFER_STATES,
        string="Status",
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
    )
    warehouse_source_id = fields.Many2one(
        "stock.warehouse",
        string="From",
        check_company=True,
        index="btree_not_null",
        tracking=True,
        default=lambda self: self._default_warehouse(),
    )
    warehouse_dest_id = fields.Many2one(
        "stock.warehouse",
        string="To",
        required=True,
        check_company=True,
        index=True,
        tracking=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Made by",
        default=lambda self: self.env.user,
        readonly=True,
        check_company=True,
    )
    note = fields.Char(string="Why")
    refusal = fields.Char(string="Why Not", readonly=True, tracking=True)
    line_ids = fields.One2many(
        "telecom.stock.transfer.line", "transfer_id", string="Items", copy=True
    )
    picking_ids = fields.One2many(
        "stock.picking", "telecom_transfer_id", string="Stock Transfers"
    )
    sent_at = fields.Datetime(string="Sent on", readonly=True, copy=False)
    received_at = fields.Datetime(string="Received on", readonly=True, copy=False)
    settled_at = fields.Datetime(
        string="Differences Settled on", readonly=True, copy=False
    )
    has_difference = fields.Boolean(
        string="With Differences",
        compute="_compute_has_difference",
        store=True,
        help="Pieces are missing, and nobody has settled what became of them.",
    )
    may_send = fields.Boolean(compute="_compute_may")
    may_receive = fields.Boolean(compute="_compute_may")
    may_decide = fields.Boolean(compute="_compute_may")

    _name_unique = models.Constraint(
        "UNIQUE(company_id, name)", "This operator has a transfer of that number."
    )
    _two_places = models.Constraint(
        "CHECK(warehouse_source_id IS NULL OR warehouse_source_id"
        " != warehouse_dest_id)",
        "Goods are transferred from one boutique to another.",
    )

    # Computes

    @api.model
    def _default_warehouse(self):
        mine = self.env.user._telecom_boutiques().filtered(
            lambda boutique: boutique.company_id == self.env.company
        )
        return mine.warehouse_id[:1].id

    @api.depends("line_ids.missing", "state", "settled_at")
    def _compute_has_difference(self):
        for transfer in self:
            transfer.has_difference = (
                transfer.state == "done"
                and not transfer.settled_at
                and any(transfer.line_ids.mapped("missing"))
            )

    @api.depends_context("uid")
    @api.depends("state", "warehouse_source_id", "warehouse_dest_id")
    def _compute_may(self):
        """What the present user may do: each shop its own part, managers all."""
        mine = set(self.env.user._telecom_shop_warehouses())
        manager = self.env.user.has_group(STOCK_MANAGER)
        for transfer in self:
            from_here = manager or transfer.warehouse_source_id.id in mine
            here = manager or transfer.warehouse_dest_id.id in mine
            transfer.may_send = from_here and transfer.state in ("draft", "ready")
            transfer.may_receive = here and transfer.state == "transit"
            # Whoever has the goods answers, or a manager; never who asks
            transfer.may_decide = (
                manager or transfer.warehouse_source_id.id in mine
            ) and transfer.state in ("requested", "proposed")

    # ORM

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not self.env.su and vals.get("state", "draft") != "draft":
                raise AccessError(self.env._("Use the buttons of the transfer."))
            if vals.get("name", "/") in ("/", False):
                company_id = vals.get("company_id") or self.env.company.id
                vals["name"] = self._next_number(company_id)
        transfers = super().create(vals_list)
        transfers._check_mine()
        return transfers

    def write(self, vals):
        if not self.env.su:
            if OF_ACTIONS & vals.keys():
                raise AccessError(self.env._("Use the buttons of the transfer."))
            if {"warehouse_source_id", "warehouse_dest_id"} & vals.keys():
                for transfer in self.filtered(lambda one: one.state not in OPEN):
                    raise UserError(
                        self.env._("What was sent is not changed: %s.", transfer.name)
                    )
        result = super().write(vals)
        self._check_mine()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        if self.filtered("picking_ids"):
            raise UserError(self.env._("A transfer that was sent is kept."))

    @api.model
    def _next_number(self, company_id):
        company = self.env["res.company"].browse(company_id)
        return company._telecom_next_number(
            TRANSFER_SEQUENCE, "Transfers between Boutiques", "TR/%(year)s/", 5
        )

    def _check_mine(self):
        """People of shops write transfers from or to their own shop only."""
        for transfer in self:
            both = transfer.warehouse_source_id | transfer.warehouse_dest_id
            both._telecom_check_mine(
                self.env._("Transfers begin or end in a boutique of yours.")
            )

    def _telecom_need(self, right, message):
        for transfer in self:
            transfer.check_access("write")
            if not transfer[right]:
                raise UserError(message)
            if not transfer.line_ids:
                raise UserError(self.env._("Add what is to be transferred."))

    # Scanning

    def telecom_scan(self, text):
        """Take a scanned piece into what is sent, or note it as received.

        :param str text: IMEI, ICCID or serial number; or a barcode of an article
        :return: ``{"type": "success" | "warning" | "danger", "message": …}``
        """
        self.ensure_one()
        self.check_access("write")
        if self.state == "transit":
            return self._scan_received(text)
        if self.state not in ("draft", "ready") or not self.may_send:
            return self._said("danger", self.env._("Nothing is scanned here now."))
        return self._scan_sent(text)

    def _said(self, kind, message):
        return {"type": kind, "message": message}

    def _scan_item(self, text):
        """Return the serial number, or the article, of a scanned text."""
        # sudo: stock.lot - to say where it is when it is not here
        lot = self.env["stock.lot"].sudo()._telecom_by_scan(text, self.company_id)
        product = self.env["product.product"]
        if not lot:
            product = product.search(
                [
                    ("company_id", "in", (self.company_id.id, False)),
                    ("type", "=", "consu"),
                    ("tracking", "=", "none"),
                    "|",
                    ("barcode", "=", text.strip()),
                    ("default_code", "=ilike", escape_psql(text.strip())),
                ],
                limit=1,
            )
        return lot, product

    def _scan_sent(self, text):
        lot, product = self._scan_item(text)
        if not lot and not product:
            return self._said(
                "danger", self.env._("%s is neither an item nor an article.", text)
            )
        source = self.warehouse_source_id
        if not source:
            return self._said(
                "danger", self.env._("Say from which boutique it goes first.")
            )
        # sudo: telecom.stock.transfer.line - of a transfer whose access was checked
        lines = self.sudo().line_ids
        line = lines.filtered(lambda one: one.product_id == (lot.product_id or product))
        if lot:
            if lot in lines.lot_ids:
                return self._said(
                    "warning", self.env._("%s was scanned already.", lot.name)
                )
            problem = self._why_not_sent(lot)
            if problem:
                return self._said("danger", problem)
        if not line:
            # Two people may scan into one parcel
            with once(lines, "_product_unique"):
                line = lines.create(
                    {
                        "transfer_id": self.id,
                        "company_id": self.company_id.id,
                        "product_id": (lot.product_id or product).id,
                        "quantity": 0,
                    }
                )
        line = line[:1]
        if lot:
            line.lot_ids = [Command.link(lot.id)]
            line.quantity = max(line.quantity, len(line.lot_ids))
        else:
            line.quantity += 1
        return self._said(
            "success",
            self.env._(
                "%(product)s: %(count)s",
                product=line.product_id.display_name,
                count=f"{len(line.lot_ids) or line.quantity:g}",
            ),
        )

    def _why_not_sent(self, lot):
        """Return why a piece cannot be sent from the first shop, or ``""``."""
        if lot.location_id.warehouse_id != self.warehouse_source_id:
            return self.env._(
                "%(serial)s is not in the stock of “%(place)s”.",
                serial=lot.name,
                place=self.warehouse_source_id.name,
            )
        if lot.telecom_state == "lost":
            return lot._telecom_blocked_message()
        if lot.telecom_state == "reserved":
            return self.env._("%s is reserved for a customer.", lot.name)
        return ""

    def _scan_received(self, text):
        if not self.may_receive:
            return self._said(
                "danger", self.env._("The boutique it goes to receives it.")
            )
        lot, product = self._scan_item(text)
        # sudo: telecom.stock.transfer.line - of a transfer whose access was checked
        lines = self.sudo().line_ids
        if lot:
            line = lines.filtered(lambda one: lot in one.lot_ids)
            if not line:
                return self._said(
                    "danger",
                    self.env._(
                        "%(product)s %(serial)s is not on this transfer: put it aside "
                        "and tell “%(place)s”.",
                        product=lot.product_id.display_name,
                        serial=lot.name,
                        place=self.warehouse_source_id.name,
                    ),
                )
            if lot in line.received_lot_ids:
                return self._said(
                    "warning", self.env._("%s was scanned already.", lot.name)
                )
            line.received_lot_ids = [Command.link(lot.id)]
            line.received = len(line.received_lot_ids)
        elif product:
            line = lines.filtered(lambda one: one.product_id == product)[:1]
            if not line or line.received >= line.sent:
                return self._said(
                    "danger",
                    self.env._(
                        "No more pieces of “%s” are on this transfer.",
                        product.display_name,
                    ),
                )
            line.received += 1
        else:
            return self._said(
                "danger", self.env._("%s is neither an item nor an article.", text)
            )
        left = sum(one.sent - one.received for one in lines)
        return self._said(
            "success",
            self.env._("All pieces are here: press “Receive”.")
            if left <= 0
            else self.env._(
                "%(product)s received, %(left)s pieces to go",
                product=line.product_id.display_name,
                left=f"{left:g}",
            ),
        )

    # Actions

    def action_request(self):
        """Ask a manager, or the shop named, to send the goods."""
        mine = set(self.env.user._telecom_shop_warehouses())
        for transfer in self:
            transfer.check_access("write")
            if transfer.state != "draft":
                raise UserError(self.env._("This transfer was asked for already."))
            if not transfer.line_ids.filtered(lambda line: line.quantity > 0):
                raise UserError(self.env._("Say which items you need, and how many."))
            if transfer.warehouse_source_id.id in mine and not self.env.su:
                if transfer.warehouse_dest_id.id not in mine:
                    raise UserError(
                        self.env._("It leaves your own boutique: send it right away.")
                    )
        # sudo: telecom.stock.transfer - states are changed by actions only
        self.sudo().state = "requested"
        return True

    def action_accept(self):
        """Accept what was asked for or proposed: the shop that has it may send it."""
        self._telecom_need(
            "may_decide",
            self.env._("The boutique that has the goods, or a manager, decides."),
        )
        for transfer in self:
            if not transfer.warehouse_source_id:
                source = transfer._telecom_donor()
                if not source:
                    raise UserError(
                        self.env._(
                            "No boutique has enough of this to spare: say yourself "
                            "from which one it comes, or order it."
                        )
                    )
                # sudo: telecom.stock.transfer - by whoever may decide
                transfer.sudo().warehouse_source_id = source
        self.sudo().state = "ready"
        return True

    def _telecom_donor(self):
        """Return the nearest warehouse that can send all of it, or nothing."""
        self.ensure_one()
        rows = self.env["telecom.boutique.stock"]._telecom_positions(
            self.company_id, self.line_ids.product_id
        )
        return self.env["telecom.boutique.stock"]._telecom_donor(
            rows,
            self.warehouse_dest_id,
            {line.product_id: line.quantity for line in self.line_ids},
        )

    def action_refuse(self):
        """Open the dialog that asks why."""
        self._telecom_need(
            "may_decide",
            self.env._("The boutique that has the goods, or a manager, decides."),
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Refuse the Transfer"),
            "res_model": "telecom.stock.transfer.refusal",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_transfer_ids": [Command.set(self.ids)],
                "dialog_size": "medium",
            },
        }

    def _telecom_refuse(self, reason):
        # sudo: telecom.stock.transfer - states are changed by actions only
        self.sudo().write({"state": "refused", "refusal": reason})

    def action_cancel(self):
        """Give up what was not sent yet."""
        for transfer in self:
            transfer.check_access("write")
            if transfer.state not in ("draft", "requested", "proposed", "ready"):
                raise UserError(self.env._("What was sent cannot be called off."))
        # sudo: telecom.stock.transfer - states are changed by actions only
        self.sudo().state = "cancelled"
        return True

    def action_send(self):
        """Send the goods: they leave the first shop and are on the way."""
        self._telecom_need(
            "may_send", self.env._("The boutique that has the goods sends them.")
        )
        for transfer in self:
            transfer._telecom_send()
        return True

    def _telecom_send(self):
        self.ensure_one()
        # sudo: stock.picking - out of a shop whose staff sends it, checked above; the
        # second way belongs to the other shop
        transfer = self.sudo().with_company(self.company_id)
        source, dest = transfer.warehouse_source_id, transfer.warehouse_dest_id
        if not source:
            raise UserError(self.env._("Say from which boutique it goes first."))
        lines = transfer.line_ids
        for line in lines:
            if line.product_id.tracking == "serial":
                if len(line.lot_ids) != line.quantity:
                    raise UserError(
                        self.env._(
                            "Scan each piece of “%(product)s”: %(done)s of %(wanted)s "
                            "are scanned. Write fewer when you send fewer.",
                            product=line.product_id.display_name,
                            done=len(line.lot_ids),
                            wanted=f"{line.quantity:g}",
                        )
                    )
            elif line.quantity <= 0:
                raise UserError(
                    self.env._(
                        "Say how many pieces of “%s” are sent.",
                        line.product_id.display_name,
                    )
                )
        lots = lines.lot_ids
        lots._telecom_lock()
        for lot in lots:
            if problem := transfer._why_not_sent(lot):
                raise UserError(problem)
        source._telecom_check_free(
            [(line.product_id, line.quantity) for line in lines if not line.lot_ids]
        )
        transit = transfer.company_id.internal_transit_location_id
        if not transit.active:
            transit.active = True
        goods = [(line.product_id, line.quantity, line.lot_ids) for line in lines]
        values = {"telecom_transfer_id": transfer.id}
        Picking = transfer.env["stock.picking"]
        Picking._telecom_make(
            source.int_type_id,
            source.lot_stock_id,
            transit,
            goods,
            origin=transfer.name,
            values=values,
        )
        Picking._telecom_make(
            dest.int_type_id,
            transit,
            dest.lot_stock_id,
            goods,
            origin=transfer.name,
            done=False,
            values=values,
        )
        for line in lines:
            line.sent = line.quantity
        transfer.write({"state": "transit", "sent_at": fields.Datetime.now()})

    def action_all_here(self):
        """Note all pieces as received, without scanning each."""
        for transfer in self:
            transfer.check_access("write")
            if not transfer.may_receive:
                raise UserError(self.env._("The boutique it goes to receives it."))
            # sudo: telecom.stock.transfer.line - of a transfer checked above
            for line in transfer.sudo().line_ids:
                line.received_lot_ids = line.lot_ids
                line.received = line.sent
        return True

    def action_receive(self):
        """Take what was scanned into the second shop; what is missing is explained."""
        self._telecom_need(
            "may_receive", self.env._("The boutique it goes to receives it.")
        )
        for transfer in self:
            transfer._telecom_receive()
        return True

    def _telecom_receive(self):
        self.ensure_one()
        # sudo: stock.picking - into a shop whose staff receives it, checked above
        transfer = self.sudo().with_company(self.company_id)
        for line in transfer.line_ids.filtered("lot_ids"):
            # Of what has a serial number, the pieces count, not their number
            line.received_lot_ids &= line.lot_ids
            line.received = len(line.received_lot_ids)
        unexplained = transfer.line_ids.filtered(
            lambda line: line.missing > 0 and not line.difference
        )
        if unexplained:
            raise UserError(
                self.env._(
                    "%(missing)s pieces of “%(product)s” are missing: scan them, or "
                    "say what happened to them.",
                    missing=f"{unexplained[0].missing:g}",
                    product=unexplained[0].product_id.display_name,
                )
            )
        picking = transfer.picking_ids.filtered(
            lambda one: one.state not in ("done", "cancel")
        )
        received = transfer.line_ids.filtered("received")
        picking.move_ids.picked = False
        picking.move_ids._do_unreserve()
        for line in received:
            move = picking.move_ids.filtered(
                lambda one, line=line: one.product_id == line.product_id
            )
            if line.lot_ids:
                move._telecom_take(line.received_lot_ids)
            else:
                move._action_assign()
                move.quantity = line.received
            move.picked = True
        if received:
            picking._action_done()
        transfer.write({"state": "done", "received_at": fields.Datetime.now()})
        missing = transfer.line_ids.filtered("missing")
        if missing:
            labels = dict(
                missing._fields["difference"]._description_selection(self.env)
            )
            rows = Markup().join(
                Markup("<li>%s</li>")
                % self.env._(
                    "%(product)s: %(missing)s missing, %(reason)s %(serials)s",
                    product=line.product_id.display_name,
                    missing=f"{line.missing:g}",
                    reason=labels[line.difference],
                    serials=", ".join(
                        (line.lot_ids - line.received_lot_ids).mapped("name")
                    ),
                )
                for line in missing
            )
            transfer._message_log(body=Markup("<ul>%s</ul>") % rows)

    def action_settle(self):
        """Settle what is missing: it goes back to the sender, or is written off.

        Damaged and wrong pieces, and those that never left, stand in the first shop
        again; what was stolen is blocked and leaves the books.
        """
        if not self.env.user.has_group(STOCK_MANAGER):
            raise AccessError(self.env._("A stock manager settles differences."))
        for transfer in self:
            transfer.check_access("write")
            transfer.sudo()._telecom_settle()
        return True

    def _telecom_settle(self):
        self.ensure_one()
        transfer = self.with_company(self.company_id)
        left = transfer.picking_ids.filtered(
            lambda one: one.state not in ("done", "cancel")
        )
        if transfer.state != "done" or not left:
            raise UserError(self.env._("There is no difference to settle."))
        left.action_cancel()
        transit = transfer.company_id.internal_transit_location_id
        source = transfer.warehouse_source_id
        back, stolen = [], []
        for line in transfer.line_ids.filtered("missing"):
            lots = line.lot_ids - line.received_lot_ids
            goods = (line.product_id, line.missing, lots)
            (stolen if line.difference == "stolen" else back).append(goods)
        Picking = transfer.env["stock.picking"]
        values = {"telecom_transfer_id": transfer.id}
        if back:
            Picking._telecom_make(
                source.int_type_id,
                transit,
                source.lot_stock_id,
                back,
                origin=transfer.name,
                values=values,
            )
        for product, quantity, lots in stolen:
            loss = product.with_company(transfer.company_id).property_stock_inventory
            Picking._telecom_make(
                source.int_type_id,
                transit,
                loss,
                [(product, quantity, lots)],
                origin=transfer.name,
                values=values,
            )
            for lot in lots.filtered(lambda one: one.telecom_kind):
                lot.telecom_block_reason = self.env._(
                    "Stolen on the way, transfer %s", transfer.name
                )
        transfer.settled_at = fields.Datetime.now()

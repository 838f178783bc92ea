from psycopg2 import IntegrityError
from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.telecom_crm.tools import table
from odoo.addons.telecom_crm.tools.bulk import BulkWriter
from odoo.addons.telecom_crm.tools.stored_file import attachment_of

from ..engine import identifiers, serial_file, serial_states
from .stock_move_line import NEW_ITEMS

#: What the file says of an item, or what follows from where it comes to
LOT_COLUMNS = (
    "name telecom_imsi telecom_puk telecom_msisdn telecom_state location_id"
    " telecom_boutique_id"
).split()
#: Indexes that say what was looked for before: somebody was at it meanwhile
SEEN_BEFORE = ("stock_lot_telecom_serial_unique", "stock_lot_telecom_msisdn_unique")


class TelecomSerialImport(models.Model):
    """A supplier's file of the items delivered, and how far it has been read in.

    Each part of the file becomes a receipt, as if it had been received in Odoo item by
    item: the transfer and its moves are Odoo's own work; items, lines of the moves,
    quantities and history are written as sets.
    """

    _name = "telecom.serial.import"
    _description = "Supplier's File"
    _inherit = ["telecom.file.import"]
    _check_company_auto = True

    _import_cron = "telecom_stock.ir_cron_serial_import"
    # Its records are parsed where they are written: only there secrets are masked
    _import_ahead = False
    _import_module = "stock"
    _import_url = "/telecom/serial/import"

    boutique_id = fields.Many2one(
        "telecom.boutique",
        check_company=True,
        help="The shop that received the delivery.",
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Delivered to",
        check_company=True,
        compute="_compute_warehouse_id",
        store=True,
        readonly=False,
        help="Where the items come into stock.",
    )
    product_id = fields.Many2one(
        "product.product",
        string="Product of All Rows",
        check_company=True,
        domain="[('telecom_kind', '!=', False), ('tracking', '=', 'serial')]",
        help="For files without a column that names the product.",
    )
    partner_id = fields.Many2one("res.partner", string="Supplier", check_company=True)
    reference = fields.Char(
        string="Delivery Note", help="The supplier's number; kept on the receipt."
    )
    column_ids = fields.One2many(
        "telecom.serial.import.column", "import_id", string="Columns", copy=False
    )
    has_product = fields.Boolean(compute="_compute_has_product")
    same_file_id = fields.Many2one(
        "telecom.serial.import", compute="_compute_same_file_id"
    )
    picking_ids = fields.Many2many(
        "stock.picking",
        "telecom_serial_import_picking",
        string="Receipts",
        readonly=True,
        copy=False,
    )
    error_ids = fields.One2many(
        "telecom.serial.import.error", "import_id", string="Refused Rows"
    )
    error_sample_ids = fields.Many2many(
        "telecom.serial.import.error",
        string="First Refused Rows",
        compute="_compute_error_sample_ids",
    )

    # Computes

    @api.depends("boutique_id", "company_id")
    def _compute_warehouse_id(self):
        for record in self:
            if record.boutique_id:
                record.warehouse_id = record.boutique_id.warehouse_id
            elif record.warehouse_id.company_id != record.company_id:
                # Of several, whoever reads the file chooses
                found = self.env["stock.warehouse"].search(
                    [("company_id", "=", record.company_id.id)], limit=2
                )
                record.warehouse_id = found if len(found) == 1 else False

    @api.depends("column_ids.target")
    def _compute_has_product(self):
        for record in self:
            record.has_product = "product" in record.column_ids.mapped("target")

    # The file

    def _read_columns(self, first=None):
        res = super()._read_columns(first)
        # The first row of the file is somebody's secret, too
        for record in self:
            secret = record._secret_positions()
            record.column_ids.filtered(
                lambda column, secret=secret: (
                    column.position in secret and column.example
                )
            ).example = serial_file.MASK
        return res

    def _secret_positions(self):
        """Return the positions of columns whose cells are shown to nobody."""
        return serial_file.secret_positions(self._headings(), self._targets())

    def _headings(self):
        """Return the headings by position."""
        return self.column_ids.sorted("position").mapped("heading")

    def _propose_targets(self, headings):
        return serial_file.propose(headings)

    def _check_targets(self, targets):
        if len(set(targets)) < len(targets):
            raise UserError(
                self.env._("Two columns mean the same; leave one of them empty.")
            )
        if "serial" not in targets:
            raise UserError(
                self.env._(
                    "Say which column holds the IMEI, the ICCID or the serial number."
                )
            )
        if "product" not in targets and not self.product_id:
            raise UserError(
                self.env._("Say which column names the product, or choose the product.")
            )

    def _check_ready(self):
        res = super()._check_ready()
        if not self.warehouse_id:
            raise UserError(self.env._("Say where the delivery came to."))
        return res

    def _parser(self):
        self.ensure_one()
        products = {}
        for product in self.env["product.product"].search(
            [
                ("telecom_kind", "!=", False),
                ("tracking", "=", "serial"),
                ("company_id", "in", (False, self.company_id.id)),
            ]
        ):
            found = (product.id, product.telecom_identifier)
            for text in {
                table.fold(text)
                for text in (product.default_code, product.barcode, product.name)
                if text
            }:
                products[text] = None if text in products else found
        default = self.product_id and (
            self.product_id.id,
            self.product_id.telecom_identifier,
        )
        return serial_file.Parser(
            self._targets(),
            products,
            default,
            self.company_id._telecom_region(),
            headings=self._headings(),
            separator=self.separator,
        )

    # Actions

    def action_start(self):
        self.env["stock.picking"].check_access("create")
        self.env["stock.lot"].check_access("create")
        return super().action_start()

    def action_view_items(self):
        """Show the items this file brought."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "telecom_stock.action_telecom_serial"
        )
        names = self.picking_ids.mapped("name")
        domain = [
            ("company_id", "=", self.company_id.id),
            ("telecom_kind", "!=", False),
            ("telecom_event_ids", "any", [("reference", "in", names)]),
        ]
        return {**action, "domain": domain, "context": {"display_complete": True}}

    def action_view_receipts(self):
        """Show the receipts this file became."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "stock.action_picking_tree_all"
        )
        return {
            **action,
            "domain": [("id", "in", self.picking_ids.ids)],
            "context": {},
        }

    # Reading in

    def _claim(self):
        """One file of an operator at a time: files may bring the same items."""
        self.env.cr.execute(
            "SELECT pg_try_advisory_xact_lock(hashtext(%s), %s)",
            [self._name, self.company_id.id],
        )
        if not self.env.cr.fetchone()[0]:
            return False
        # What was read before the lock may be old: PostgreSQL says so when another file
        # went on since, and the scheduler looks again
        self.env.cr.execute(
            """SELECT FROM telecom_serial_import
                WHERE company_id = %s AND state IN ('waiting', 'running')
                  FOR UPDATE SKIP LOCKED""",
            [self.company_id.id],
            log_exceptions=False,
        )
        return super()._claim()

    def _process(self, commit):
        record = self._in_creators_name()
        return super(TelecomSerialImport, record)._process(commit)

    def _taken_in(self):
        res = super()._taken_in()
        if self._secret_positions():
            # The items have their PUKs now; nobody shall read secrets in the file
            attachment_of(self).unlink()
            self.invalidate_recordset(["file"])
        return res

    def _take_in(self, chunk, parser):
        rows, errors, names = [], [], set()
        for place, text, cells in chunk:
            try:
                row = parser(place, text, cells)
                if row.name in names:
                    raise table.BadRow("repeated", row.name)
            except table.BadRow as bad:
                errors.append((place, bad.code, bad.text, parser.masked(text, cells)))
                continue
            names.add(row.name)
            rows.append(row)
        known = self._known(names)
        # Numbers that SIMs were made for; what else a file says it of has none
        products = self.env["product.product"].browse({row.product for row in rows})
        sims = set(products.filtered(lambda one: one.telecom_kind == "sim").ids)
        numbers = {row: row.msisdn for row in rows if row.product in sims}
        taken = self.env["stock.lot"]._telecom_made_for(
            self.company_id, set(filter(None, numbers.values()))
        )
        good, given = [], set()
        for row in rows:
            number = numbers.get(row)
            if row.name in known:
                errors.append((row.place, known[row.name], row.name, row.text))
            elif number in taken:
                errors.append((row.place, "reserved", number, row.text))
            elif number in given:
                errors.append((row.place, "repeated", number, row.text))
            else:
                good.append(row)
                if number:
                    given.add(number)
        errors += self._receive_all(good)
        self._keep_errors(errors)
        return {"good_count": len(chunk) - len(errors), "bad_count": len(errors)}

    def _known(self, names):
        """Return {number: code} of the numbers that cannot come into stock."""
        # A line may hold its SIM without the check digit
        spellings = {
            text: name for name in names for text in identifiers.iccid_spellings(name)
        }
        self.env["stock.lot"].flush_model(["name", "company_id", "telecom_kind"])
        self.env["telecom.line"].flush_model(["iccid", "company_id", "state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT iccid, 'on_line' FROM telecom_line
                 WHERE company_id = %(company)s AND state != 'terminated'
                   AND iccid = ANY(%(spellings)s)
                 UNION ALL
                SELECT name, 'known' FROM stock_lot
                 WHERE company_id = %(company)s AND telecom_kind IS NOT NULL
                   AND name = ANY(%(names)s)""",
                company=self.company_id.id,
                names=list(names),
                spellings=list(spellings),
            )
        )
        return {spellings[text]: code for text, code in rows}

    def _receive_all(self, rows):
        """Receive rows; those that some rule refuses keep no other one out.

        Halved again and again: a bad row among thousands costs a few attempts more,
        where one by one each of the others would be paid for.

        :param list rows: :class:`serial_file.Row`
        :return: (row, code, value, text) of what is refused
        """
        if not rows:
            return []
        try:
            with self.env.cr.savepoint():
                self._receive(rows)
            return []
        except (UserError, IntegrityError) as error:
            if isinstance(error, IntegrityError) and (
                error.diag.constraint_name in SEEN_BEFORE
            ):
                # Somebody received one of them after we looked: look again
                raise SerializationFailure(*error.args) from error
            if len(rows) > 1:
                middle = len(rows) // 2
                return self._receive_all(rows[:middle]) + self._receive_all(
                    rows[middle:]
                )
            row = rows[0]
            message = (
                self.env._("The database refuses it.")
                if isinstance(error, IntegrityError)
                else str(error)
            )
            return [(row.place, "other", message[:200], row.text)]

    def _receive(self, rows):
        """Receive items as Odoo does, what there are many of as sets.

        :param list rows: :class:`serial_file.Row`, new numbers only
        :return: the receipt, done
        :rtype: stock.picking
        """
        by_product = {}
        for row in rows:
            by_product.setdefault(row.product, []).append(row)
        picking = self.env["stock.picking"].create(
            self._prepare_picking(
                {product: len(same) for product, same in by_product.items()}
            )
        )
        moves = picking.move_ids
        for move in moves:
            same = by_product[move.product_id.id]
            self._create_lines(move, self._create_lots(move, same), same)
        # What the lines say, the moves say, too
        for name in ("quantity", "picked"):
            self.env.add_to_compute(moves._fields[name], moves)
        # Known, the lines' status is not written once more: it is what it will be
        picking.move_line_ids.fetch(["state"])
        picking.action_confirm()
        picking.with_context(telecom_new_items=NEW_ITEMS)._action_done()
        self.picking_ids = [Command.link(picking.id)]
        return picking

    def _prepare_picking(self, quantities):
        """Return the values of a receipt.

        :param dict quantities: by id of the product
        """
        kind = self.warehouse_id.in_type_id
        source = kind.default_location_src_id or self.env.ref(
            "stock.stock_location_suppliers"
        )
        destination = kind.default_location_dest_id or self.warehouse_id.lot_stock_id
        products = self.env["product.product"].browse(quantities)
        return {
            "picking_type_id": kind.id,
            "partner_id": self.partner_id.id,
            "location_id": source.id,
            "location_dest_id": destination.id,
            "origin": self.reference or self.name,
            "move_ids": [
                Command.create(
                    {
                        "product_id": product.id,
                        "product_uom": product.uom_id.id,
                        "product_uom_qty": quantities[product.id],
                        "next_serial_count": quantities[product.id],
                        "location_id": source.id,
                        "location_dest_id": destination.id,
                    }
                )
                for product in products
            ],
        }

    def _create_lots(self, move, rows):
        """Write the items of a move, where they will be.

        :rtype: stock.lot
        """
        place = move.location_dest_id
        boutique = place.warehouse_id.telecom_boutique_ids[:1]
        Lot = self.env["stock.lot"]
        sample = {
            "name": rows[0].name,
            "product_id": move.product_id.id,
            "company_id": self.company_id.id,
        }
        return BulkWriter(Lot, LOT_COLUMNS, sample, LOT_COLUMNS).insert(
            [
                {
                    "name": row.name,
                    "telecom_imsi": row.imsi or None,
                    "telecom_puk": row.puk or None,
                    "telecom_msisdn": row.msisdn or None,
                    "telecom_state": serial_states.after_move(
                        serial_states.TRANSIT, move.location_id.usage, place.usage
                    ),
                    "location_id": place.id,
                    "telecom_boutique_id": boutique.id,
                }
                for row in rows
            ]
        )

    def _create_lines(self, move, lots, rows):
        """Write what follows from the items: lines of the move, stock and history.

        Two quantities for each item, as Odoo keeps them: one less at the supplier's,
        one more where it comes to.
        """
        given = ["lot_id", "lot_name", "state"]
        line = {
            **move._prepare_move_line_vals(quantity=1),
            "lot_id": lots[0].id,
            "lot_name": rows[0].name,
            "picked": True,
        }
        quant = {
            "product_id": move.product_id.id,
            "in_date": fields.Datetime.now(),
            "lot_id": lots[0].id,
        }
        event = {
            "company_id": move.company_id.id,
            "user_id": self.env.uid,
            "kind": "moved",
            "old_state": serial_states.TRANSIT,
            "new_state": lots[0].telecom_state,
            "location_id": move.location_id.id,
            "location_dest_id": move.location_dest_id.id,
            "reference": move.picking_id.name,
            "lot_id": lots[0].id,
        }
        # By the superuser: stock and history follow the move, whoever receives
        Quant = self.env["stock.quant"]
        writers = [
            BulkWriter(self.env["stock.move.line"], given, line, given),
            *(
                BulkWriter(Quant, ["lot_id"], {**quant, **place}, ["lot_id"])
                for place in (
                    {"location_id": move.location_id.id, "quantity": -1},
                    {"location_id": move.location_dest_id.id, "quantity": 1},
                )
            ),
            BulkWriter(self.env["telecom.serial.event"], ["lot_id"], event, ["lot_id"]),
        ]
        values = [
            {"lot_id": lot_id, "lot_name": row.name, "state": "done"}
            for lot_id, row in zip(lots.ids, rows, strict=True)
        ]
        for writer in writers:
            writer.insert(values)
        move.invalidate_recordset(["move_line_ids"])

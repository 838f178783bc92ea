from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Command


class TelecomReferenceMixin(models.AbstractModel):
    """A record that names only what its writer may read.

    Odoo shows the name of whatever a record points to, without asking whether the
    reader may see it, and says it in the message of a company check too: by guessing
    ids, people could read the names of other operators' customers and agents.
    """

    _name = "telecom.reference.mixin"
    _description = "Names Only What Its Writer May Read"

    @api.model_create_multi
    def create(self, vals_list):
        self._check_references(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_references([vals])
        return super().write(vals)

    @api.model
    def default_get(self, fields):
        # Of the context, of a user's own defaults: what is created and shown with them
        values = super().default_get(fields)
        self._check_references([values])
        return values

    def onchange(self, values, field_names, fields_spec):
        # Shows what follows from a choice, before anything is written
        self._check_references([values])
        return super().onchange(values, field_names, fields_spec)

    def _telecom_guarded(self):
        """Tell whether this is asked of the present user; ours ask everybody."""
        return True

    def _telecom_guards(self, model):
        """Tell whether references to a model are checked.

        Companies are named everywhere: rules say which one a record may have.
        """
        return model != "res.company"

    def _check_references(self, vals_list):
        """Refuse ids of records that the writer may not read.

        :raises AccessError: whether such a record exists or not
        """
        if self.env.su or not self._telecom_guarded():
            return
        named = {}
        for vals in vals_list:
            for name, value in vals.items():
                field = self._fields.get(name)
                if field is not None and value and field.relational:
                    ids = named.setdefault(field.comodel_name, set())
                    ids.update(_referenced_ids(field, value))
        for model, ids in named.items():
            if ids and self._telecom_guards(model):
                self.env[model].browse(ids).check_access("read")


def _referenced_ids(field, value):
    """Ids of existing records that a value written to a relational field names."""
    if isinstance(value, models.BaseModel):
        return value.ids
    if field.type == "many2one":
        value = value.get("id") if isinstance(value, dict) else value
        return [value] if isinstance(value, int) else []
    ids = []
    for command in value if isinstance(value, list | tuple) else []:
        if isinstance(command, int):
            ids.append(command)
        elif command[0] == Command.SET:
            ids += command[2]
        elif command[0] in (Command.LINK, Command.UPDATE):
            ids.append(command[1])
    return ids


class TelecomOwnedMixin(models.AbstractModel):
    """A record that stays with the company it was created for.

    Rules are checked before something is written, never after: without this, a
    record could be pushed over to a company its writer has no access to, by its
    company or by the queue, campaign or agent that decides about its company.
    """

    _name = "telecom.owned.mixin"
    _description = "Belongs to a Company"
    _inherit = ["telecom.reference.mixin"]

    def write(self, vals):
        # sudo: any model - comparing companies, whoever writes
        owners = {record.id: record.company_id for record in self.sudo()}
        result = super().write(vals)
        if not self.env.su and self._telecom_guarded():
            for record in self.sudo():
                if record.company_id != owners[record.id] and owners[record.id]:
                    raise AccessError(
                        self.env._(
                            "“%(record)s” stays with %(company)s.",
                            record=record.display_name,
                            company=owners[record.id].name,
                        )
                    )
        return result


class TelecomGuardedMixin(models.AbstractModel):
    """The same for core's models, of users of operators only."""

    _name = "telecom.guarded.mixin"
    _description = "Belongs to a Company, for Operators"
    _inherit = ["telecom.owned.mixin"]

    def _telecom_guarded(self):
        return self.env.user._telecom_bound()

    def _telecom_guards(self, model):
        """Only what belongs to a company; core's catalogues are everybody's."""
        return (
            super()._telecom_guards(model) and "company_id" in self.env[model]._fields
        )

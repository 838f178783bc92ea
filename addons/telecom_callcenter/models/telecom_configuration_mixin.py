from odoo import api, models

LONGEST_VALUE = 60


class TelecomConfigurationMixin(models.AbstractModel):
    """What an administrator sets up on telephony.

    Every change is logged in ``telecom.agent.event``, and where Asterisk must know
    it, the PBXs concerned are asked to take their configuration anew.
    """

    _name = "telecom.configuration.mixin"
    _description = "Telephony Configuration"

    # -------------------------------------------------------------------------
    # To be said by each model
    # -------------------------------------------------------------------------

    def _configuration_pbxs(self):
        """:return: the ``telecom.pbx`` these records are configured on"""
        return self.env["telecom.pbx"]

    def _configuration_ignored(self):
        """:return: set of field names that are no configuration: neither logged
        nor told to Asterisk (what people or the gateway write while working)"""
        return set()

    def _configuration_unheard(self):
        """:return: set of field names that are logged, but that Asterisk does not
        need to know"""
        return set()

    def _configuration_operator(self):
        """:return: the operator (``res.company``) whose configuration this is, or
        an empty recordset for what is the provider's own"""
        return self.env["res.company"]

    def _configuration_provider(self):
        """:return: the provider (``res.company``) in whose log the change belongs"""
        provider = self._configuration_pbxs().company_id[:1]
        if not provider and not self._configuration_operator():
            provider = self["company_id"] if "company_id" in self._fields else provider
        return provider

    # -------------------------------------------------------------------------
    # ORM
    # -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._configuration_changed(self.env._("created"))
        return records

    def write(self, vals):
        names = self._configuration_names(vals)
        if not names:
            return super().write(vals)
        heard = names - self._configuration_unheard()
        before = self._configuration_values(names)
        # Both the PBXs the records leave and those they come to
        pbxs = self._configuration_pbxs_trusted() if heard else None
        result = super().write(vals)
        after = self._configuration_values(names)
        changed = self.filtered(lambda record: before[record.id] != after[record.id])
        if changed and heard:
            (pbxs | self._configuration_pbxs_trusted())._request_configuration()
        changed._configuration_log(
            {
                record.id: self._configuration_difference(
                    before[record.id], after[record.id]
                )
                for record in changed
            }
        )
        return result

    def unlink(self):
        # Before they are gone: afterwards nobody knows their name and PBX
        self._configuration_changed(self.env._("deleted"))
        return super().unlink()

    # -------------------------------------------------------------------------
    # Telling
    # -------------------------------------------------------------------------

    def _configuration_pbxs_trusted(self):
        # sudo: telecom.pbx - an operator's people do not see the PBX they configure
        return self.sudo()._configuration_pbxs()

    def _configuration_changed(self, what):
        self._configuration_pbxs_trusted()._request_configuration()
        self._configuration_log(dict.fromkeys(self.ids, what))

    def _configuration_log(self, what):
        """Log what was done to each record.

        :param dict what: words by record id
        """
        Event = self.env["telecom.agent.event"]
        vals_list = []
        # sudo: several models - what the log says about a record does not depend on
        # the rights of who changes it
        for record in self.sudo():
            vals_list.append(
                Event._prepare(
                    "configuration",
                    company=record._configuration_provider() or self.env.company,
                    operator=record._configuration_operator(),
                    detail=f"{record._description} “{record.display_name}” "
                    f"({record._name},{record.id}): {what[record.id]}",
                )
            )
        Event._log_all(vals_list)

    def _configuration_names(self, vals):
        ignored = self._configuration_ignored()
        return {
            name
            for name in vals
            if name in self._fields
            and name not in ignored
            and not name.startswith(("message_", "activity_", "website_message"))
        }

    def _configuration_values(self, names):
        """Comparable values, by record id and field name."""
        # sudo: several models - comparing, not showing: secrets are never written out
        return {
            record.id: {
                name: record[name].ids
                if record._fields[name].relational
                else record[name]
                for name in names
            }
            for record in self.sudo()
        }

    def _configuration_difference(self, before, after):
        """What changed, in words; secrets and contents of files only by name."""
        words = []
        for name, value in after.items():
            if before[name] == value:
                continue
            field = self._fields[name]
            label = field._description_string(self.env)
            if field.groups or field.type == "binary" or field.type.endswith("2many"):
                words.append(label)
            else:
                old = self._configuration_word(field, before[name])
                new = self._configuration_word(field, value)
                words.append(f"{label}: {old} → {new}")
        return "; ".join(words)

    def _configuration_word(self, field, value):
        if field.type == "many2one":
            # sudo: any model - the name of what was chosen, for the log
            chosen = self.env[field.comodel_name].sudo().browse(value)
            return chosen.display_name or "–"
        if field.type == "boolean":
            return str(value)
        word = str(value or ("–" if value is False else value))
        return word if len(word) <= LONGEST_VALUE else f"{word[:LONGEST_VALUE]}…"

from collections import defaultdict

from odoo import api, models


class MailFollowers(models.Model):
    """Who follows what is said only of records one may read now.

    Core lets every internal user read all followers: record ids of operators that are
    not active would be among them.
    """

    _inherit = "mail.followers"

    def _telecom_bound_reader(self):
        return not self.env.su and self.env.user._telecom_bound()

    @api.model
    def _search(
        self,
        domain,
        offset=0,
        limit=None,
        order=None,
        *,
        bypass_access=False,
        **kwargs,
    ):
        if bypass_access or not self._telecom_bound_reader():
            return super()._search(
                domain, offset, limit, order, bypass_access=bypass_access, **kwargs
            )
        query = super()._search(domain, offset, limit, order, **kwargs)
        rows = self.env.execute_query(
            query.select(
                *(
                    self._field_to_sql(self._table, name)
                    for name in ("id", "res_model", "res_id")
                )
            )
        )
        readable = self._telecom_readable((model, id_) for _id, model, id_ in rows)
        return self.browse(
            id_ for id_, model, res_id in rows if (model, res_id) in readable
        )._as_query(order)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if not self or not self._telecom_bound_reader():
            return result
        rest = self - result[0] if result else self
        # sudo: mail.followers - which documents they are about, to ask about those
        documents = {one.id: (one.res_model, one.res_id) for one in rest.sudo()}
        readable = self._telecom_readable(documents.values())
        hidden = rest.filtered(lambda one: documents[one.id] not in readable)
        if not hidden:
            return result
        forbidden = (result[0] if result else self.browse()) + hidden
        return forbidden, lambda: self.env["ir.rule"]._make_access_error(
            operation, forbidden
        )

    @api.model
    def _telecom_readable(self, documents):
        """Return which of these pairs (model, id) the user may read."""
        ids = defaultdict(set)
        for model, id_ in documents:
            if model in self.env:
                ids[model].add(id_)
        return {
            (model, id_)
            for model, some in ids.items()
            for id_ in self.env[model]
            .browse(some)
            .exists()
            ._filtered_access("read")
            .ids
        }

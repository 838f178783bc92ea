from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.telecom_crm.tools.translation import create_translated


class TelecomCampaignTree(models.AbstractModel):
    """What dispositions and qualifications have in common: a tree per campaign, of
    which agents choose a leaf."""

    _name = "telecom.campaign.tree"
    _description = "Tree of a Campaign"
    _inherit = ["telecom.configuration.mixin", "telecom.owned.mixin"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char()
    sequence = fields.Integer(default=10)
    # Its operator is the node's: checked against it, a new node could choose none
    campaign_id = fields.Many2one(
        "telecom.campaign", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="campaign_id.company_id", store=True, index=True, precompute=True
    )
    parent_path = fields.Char(index=True)
    active = fields.Boolean(default=True)
    display_name = fields.Char(recursive=True)
    is_leaf = fields.Boolean(compute="_compute_is_leaf")

    @api.depends("child_ids.active")
    def _compute_is_leaf(self):
        parents = {
            parent.id
            for [parent] in self._read_group(
                [("parent_id", "in", self.ids), ("active", "=", True)], ["parent_id"]
            )
        }
        for node in self:
            node.is_leaf = node._origin.id not in parents

    @api.depends("name", "parent_id.display_name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for node in self:
            parent = node.parent_id.display_name
            node.display_name = f"{parent} / {node.name}" if parent else node.name

    @api.constrains("parent_id", "campaign_id")
    def _check_parent(self):
        for node in self | self.child_ids:
            if node.parent_id and node.parent_id.campaign_id != node.campaign_id:
                raise ValidationError(
                    self.env._(
                        "“%(node)s” and its parent “%(parent)s” belong to different "
                        "campaigns.",
                        node=node.name,
                        parent=node.parent_id.name,
                    )
                )

    def _configuration_provider(self):
        return self.campaign_id._configuration_provider()

    def _configuration_operator(self):
        return self.company_id[:1]

    # -------------------------------------------------------------------------
    # Trees
    # -------------------------------------------------------------------------

    @api.model
    def _create_tree(self, campaigns, branches):
        """Plant the same tree in each of some campaigns.

        :param campaigns: ``telecom.campaign``
        :param branches: list of (code, name, branches); names may be lazy
            translations
        """
        level = [(campaign.id, False, branches) for campaign in campaigns]
        while level:
            vals_list, below = [], []
            for campaign_id, parent_id, nodes in level:
                for number, (code, name, children) in enumerate(nodes, 1):
                    vals_list.append(
                        {
                            "campaign_id": campaign_id,
                            "parent_id": parent_id,
                            "sequence": 10 * number,
                            "code": code,
                            "name": name,
                        }
                    )
                    below.append((campaign_id, children))
            records = create_translated(self, vals_list)
            level = [
                (campaign_id, record.id, children)
                for record, (campaign_id, children) in zip(records, below, strict=True)
                if children
            ]

    def _copy_tree(self, campaign):
        """Plant these nodes, translations included, in another campaign.

        :return: dict of the new nodes by the ids of these
        """
        copies = {}
        # Parents come before their children
        for node in self.sorted("parent_path"):
            copies[node.id] = node.copy(
                {
                    "campaign_id": campaign.id,
                    "parent_id": copies[node.parent_id.id].id
                    if node.parent_id.id in copies
                    else False,
                }
            )
        return copies

    def _tree_values(self):
        """What the desk shows of these nodes, each before its own branches."""
        by_parent = self.grouped(lambda node: node.parent_id.id)
        ordered, above = self.browse(), [False]
        # Parents that are archived, or were not asked for, hide their branches
        while above:
            parent_id = above.pop()
            if parent_id:
                ordered += self.browse(parent_id)
            children = by_parent.get(parent_id, self.browse()).sorted(
                lambda node: (node.sequence, node.id)
            )
            above += reversed(children.ids)
        return [
            {
                "id": node.id,
                "name": node.name,
                "code": node.code or False,
                "parent_id": node.parent_id.id,
                "leaf": node.is_leaf,
                **node._choice_values(),
            }
            for node in ordered
        ]

    def _choice_values(self):
        """What else the desk knows of a node, by its kind of tree."""
        return {}

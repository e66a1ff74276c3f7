from lxml import etree

from odoo import api, fields, models

from ...tools import clock, door


class PsychConfidentialOpening(models.AbstractModel):
    """What the emergency opening adds to every confidential model: owners, banner and button on each form."""

    _inherit = "psych.confidential.mixin"

    # a model whose records are never opened by an emergency opening says False
    _psych_grantable = True

    psych_opening_note = fields.Char(compute="_compute_psych_opening", compute_sudo=False, exportable=False)
    psych_opening_offer = fields.Boolean(
        compute="_compute_psych_opening", compute_sudo=False, exportable=False
    )

    @api.depends_context("uid")
    def _compute_psych_opening(self):
        """Banner of a record that is open by an emergency opening; offer of one where the record is closed."""
        opened = self.env["psych.gate"]._may_open(self, self._psych_content_right)
        grants = self.env["psych.access.grant"]._active(
            self._name, opened.ids, self._psych_content_right, self.env.uid
        )
        ends = {grant.res_id: grant for grant in grants}
        tz = self.env.company.psych_tz
        for record in self:
            grant = ends.get(record._origin.id)
            record.psych_opening_note = grant and self.env._(
                "Emergency opening %(number)s: open to you until %(end)s. Every reading is on the log and another "
                "person reviews it.",
                number=grant.number or "",
                end=clock.text(grant.date_end, tz),
            )
            closed = record._origin and record._origin not in opened
            record.psych_opening_offer = bool(closed and self._psych_grantable and door.identity())

    def _psych_owner_users(self):
        """Return the users who own the record and are told of an emergency opening; models extend it."""
        owners = self.env["res.users"]
        for name in ("user_id", "owner_id", "author_id"):
            if name in self._fields and self._fields[name].comodel_name == "res.users":
                owners |= self[name]
        if (
            "counsellor_id" in self._fields
            and "user_id" in self.env[self._fields["counsellor_id"].comodel_name]._fields
        ):
            owners |= self["counsellor_id"]["user_id"]
        return owners

    def action_psych_emergency_open(self):
        """Step 1: ask. Opens the draft of an emergency opening for this record."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "psych.access.grant",
            "view_mode": "form",
            "views": [(self.env.ref("psych_health.psych_access_grant_view_form_ask").id, "form")],
            "name": self.env._("Emergency opening"),
            "target": "new",
            "cache": False,
            "context": {"default_model": self._name, "default_res_id": self.id},
        }

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Put banner and button on every form of a confidential model, so that no view has to remember."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form" and self._psych_grantable and not self._abstract:
            self._psych_add_banner(arch)
        return arch, view

    @api.model
    def _psych_add_banner(self, arch):
        if arch.xpath("//field[@name='psych_opening_note']"):
            return
        banner = etree.fromstring(
            """<div class="psych_opening_banner">
                 <field name="psych_opening_offer" invisible="1"/>
                 <div class="alert alert-warning mb-0" role="status" invisible="not psych_opening_note">
                   <field name="psych_opening_note" readonly="1"/>
                 </div>
                 <div class="alert alert-secondary mb-0" role="status" invisible="not psych_opening_offer">
                   <button name="action_psych_emergency_open" type="object" class="btn btn-link p-0"/>
                 </div>
               </div>"""
        )
        banner.find(".//button").set("string", self.env._("Closed to you. Emergency opening …"))
        place = arch.find("sheet")
        if place is None:
            place = arch.find("header")
            index = 0 if place is None else list(arch).index(place) + 1
        else:
            index = list(arch).index(place)
        arch.insert(index, banner)

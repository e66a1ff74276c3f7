import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psych_health.tools import clock


class PsychCrisisEventFile(models.Model):
    """The event file (事件档案): timeline, deciders with times and list of documents in one PDF, sealed by a hash.

    Who made it when, and the SHA-256 of everything that is printed, stay here; the same facts give the same hash, so
    anybody can check later whether a paper shows what stood in the system (``action_check``). Text is not kept here.
    """

    _name = "psych.crisis.event.file"
    _description = "Event file"
    _order = "made_at desc, id desc"
    _rec_name = "name"

    name = fields.Char(string="Number", readonly=True)
    event_id = fields.Many2one(
        "psych.crisis.event", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="event_id.company_id", store=True, precompute=True)
    made_at = fields.Datetime(readonly=True, required=True)
    made_by_id = fields.Many2one("res.users", readonly=True, required=True, ondelete="restrict")
    last_entry_id = fields.Many2one("psych.crisis.event.entry", readonly=True, ondelete="restrict")
    line_count = fields.Integer(string="Lines", readonly=True)
    seal = fields.Char(string="SHA-256", readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        rows = []
        for vals in vals_list:
            event = self.env["psych.crisis.event"].browse(vals["event_id"])
            facts = event._file_facts()
            # named seam: how many files there are, for the number
            rows.append(
                {
                    "event_id": event.id,
                    "name": f"{event.name}-{len(event.sudo().file_ids) + 1}",
                    "made_at": clock.now(),
                    "made_by_id": self.env.uid,
                    "line_count": len(facts["timeline"]),
                    "last_entry_id": event.entry_ids[-1:].id,
                    "seal": self._seal(facts),
                }
            )
        return super().create(rows)

    def write(self, vals):
        if not self.env.su:
            raise UserError(self.env._("The register of event files stays as it is."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("The register of event files stays as it is."))

    @api.model
    def _seal(self, facts):
        """Return the SHA-256 of ``facts`` in one fixed spelling (sorted keys, UTF-8)."""
        text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def action_check(self):
        """Compute the hash again: the paper still shows what stands in the system, or the event went on since."""
        self.ensure_one()
        same = self._seal(self.event_id._file_facts()) == self.seal
        text = (
            self.env._("The file shows what stands in the system today.")
            if same
            else self.env._("The event went on since this file was made. Make a new one.")
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": text, "type": "success" if same else "warning", "sticky": False},
        }

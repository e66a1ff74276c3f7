import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools import clock

BATCH = 200
SEAM = object()
"""Sentinel, compared by identity: only code of this module can pass it, no client can forge it."""


class PsychDestructionRecord(models.Model):
    """What was due, who approved, what was destroyed or anonymised, and when (销毁记录; PIPL art. 47).

    Listed by the job or by a person, approved by a head of the centre who did not list it, then carried out. Holds
    ids and a hash, never content; it is itself kept for ever.
    """

    _name = "psych.destruction.record"
    _description = "Destruction record"
    _order = "id desc"
    _rec_name = "number"

    number = fields.Char(readonly=True, copy=False)
    class_id = fields.Many2one("psych.retention.class", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", string="School", required=True, readonly=True, index=True)
    mode = fields.Selection(
        [("anonymise", "Anonymise"), ("destroy", "Destroy")], required=True, readonly=True
    )
    cutoff = fields.Date(readonly=True, help="Records older than this day are due.")
    record_ids = fields.Text(readonly=True, groups=fields.NO_ACCESS)
    record_hash = fields.Char(string="SHA-256 of the list", readonly=True)
    due_count = fields.Integer(string="Records due", readonly=True)
    held_count = fields.Integer(string="Kept by legal hold", readonly=True)
    done_count = fields.Integer(string="Records done", readonly=True)
    state = fields.Selection(
        [("listed", "Listed"), ("approved", "Approved"), ("refused", "Refused"), ("done", "Carried out")],
        required=True,
        default="listed",
        readonly=True,
        index=True,
    )
    listed_by_id = fields.Many2one("res.users", readonly=True)
    listed_at = fields.Datetime(readonly=True)
    approved_by_id = fields.Many2one("res.users", readonly=True)
    approved_at = fields.Datetime(readonly=True)
    done_at = fields.Datetime(readonly=True)

    # ----------------------------------------------------------------------
    # CRUD: through the steps only
    # ----------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        self._check_seam()
        return super().create(vals_list)

    def write(self, vals):
        self._check_seam()
        return super().write(vals)

    def _check_seam(self):
        if self.env.context.get("psych_destruction") is not SEAM:
            raise AccessError(self.env._("A destruction record is written by its steps only."))

    # sudo seam: each caller checks who acts
    def _seam(self):
        return self.sudo().with_context(psych_destruction=SEAM)

    @api.ondelete(at_uninstall=True)
    def _unlink_except_never(self):
        raise UserError(self.env._("Destruction records are kept."))

    # ----------------------------------------------------------------------
    # Steps
    # ----------------------------------------------------------------------
    @api.model
    def _list(self, retention, company):
        """Make the list of what is due now; one open list per class and school. Returns it, or nothing."""
        # named seam: scheduled action over all schools
        open_lists = self.sudo().search(
            [
                ("class_id", "=", retention.id),
                ("company_id", "=", company.id),
                ("state", "in", ("listed", "approved")),
            ]
        )
        if open_lists:
            return self.browse()
        records, held = retention._due(company)
        if not records:
            return self.browse()
        ids = json.dumps(sorted(records.ids))
        return self._seam().create(
            {
                # named seam: the next number
                "number": self.env["ir.sequence"].sudo().next_by_code("psych.destruction.record"),
                "class_id": retention.id,
                "company_id": company.id,
                "mode": retention.mode,
                "cutoff": retention._cutoff(company),
                "record_ids": ids,
                "due_count": len(records),
                "held_count": held,
                "record_hash": hashlib.sha256(f"{retention.model}:{ids}".encode()).hexdigest(),
                "listed_by_id": self.env.uid,
                "listed_at": clock.now(),
            }
        )

    def _check_approver(self):
        user = self.env.user
        for row in self:
            if not user._psych_has_scope("centre_head", company=row.company_id):
                raise AccessError(self.env._("The head of the centre approves a destruction."))
            if row.listed_by_id == user:
                raise AccessError(self.env._("Another person than the one who made the list approves it."))
            if row.state != "listed":
                raise UserError(self.env._("This list is decided already."))

    def action_approve(self):
        """Approve and carry out."""
        self._check_approver()
        self._seam().write({"state": "approved", "approved_by_id": self.env.uid, "approved_at": clock.now()})
        for row in self:
            row._carry_out()

    def action_refuse(self):
        """Keep the records; the next list is made when they are due again."""
        self._check_approver()
        self._seam().write({"state": "refused", "approved_by_id": self.env.uid, "approved_at": clock.now()})

    def _carry_out(self):
        """Destroy or anonymise what is still due and not held now; the list is checked again."""
        self.ensure_one()
        row = self._seam()
        due, held = row.class_id._due(row.company_id, row.cutoff)
        records = due & due.browse(json.loads(row.record_ids))
        done = 0
        for start in range(0, len(records), BATCH):
            done += row._carry_out_batch(records[start : start + BATCH])
        row.write({"state": "done", "done_count": done, "held_count": held, "done_at": clock.now()})

    def _carry_out_batch(self, records):
        # named seam: documents go with the records of an approved list
        documents = (
            self.env["psych.document"]
            .sudo()
            .search([("res_model", "=", records._name), ("res_id", "in", records.ids)])
        )
        documents.unlink()
        count = len(records)
        if self.mode == "destroy":
            records.with_context(psych_destroy=True).unlink()
        else:
            records._psych_anonymise()
        return count

    def action_list_now(self):
        """Make the lists of the own school now (the job does it every month)."""
        # named seam: scheduled action over all schools
        classes = self.env["psych.retention.class"].sudo()
        classes._sync_hooks()
        for row in classes._for_company(self.env.company):
            self._list(row, self.env.company)

from odoo import fields, models

from .psych_crisis_clock import STAMPS


class PsychCrisisClimb(models.Model):
    """One climb of a matter: which step fired, when and why. The timeline of who was told, never deleted."""

    _name = "psych.crisis.climb"
    _description = "Climb of a matter"
    _order = "at, id"
    _rec_name = "at"

    signal_id = fields.Many2one("psych.crisis.signal", index="btree_not_null", ondelete="cascade")
    case_id = fields.Many2one("psych.crisis.case", index="btree_not_null", ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True)
    clock_id = fields.Many2one("psych.crisis.clock", ondelete="set null")
    stamp = fields.Selection(STAMPS)
    started_at = fields.Datetime(required=True)
    at = fields.Datetime(required=True)
    reason = fields.Selection(
        [
            ("first", "First addressee"),
            ("silent", "Time is over"),
            ("vacant", "Rung vacant"),
            ("absent", "Owner away or gone"),
            ("reminder", "Called again"),
            ("words", "What may be told was written"),
            ("guard_away", "A guard cannot come"),
            ("guard_asked", "Asked to guard"),
        ],
        required=True,
    )
    vacant_rungs = fields.Char(help="Rungs of this step that nobody holds now.")
    addressee_ids = fields.One2many("psych.crisis.addressee", "climb_id", string="Told")

    _once_signal = models.UniqueIndex(
        "(signal_id, clock_id, started_at) WHERE signal_id IS NOT NULL AND clock_id IS NOT NULL",
        "This step fired already.",
    )
    _once_case = models.UniqueIndex(
        "(case_id, clock_id, started_at) WHERE case_id IS NOT NULL AND clock_id IS NOT NULL",
        "This step fired already.",
    )

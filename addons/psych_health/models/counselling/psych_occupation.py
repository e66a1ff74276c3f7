from psycopg2.errors import ExclusionViolation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

KINDS = [("user", "Member of staff"), ("room", "Room"), ("student", "Student")]


class Taken(Exception):
    """The time of a person or room has just been taken by somebody else."""


class PsychOccupation(models.Model):
    """Who and what is occupied, and when: one row per member of staff, room or student and span.

    THE table that rules out double booking across appointments, group sessions, interviews and visits. Its
    exclusion constraint decides, whatever races; nobody looks first and writes later. Rows are written only by
    :meth:`_occupy`, :meth:`_move` and :meth:`_release`, carry no title, and `ref_id` is a plain number.
    """

    _name = "psych.occupation"
    _description = "Occupied time"
    _order = "start, id"
    _log_access = False
    _allow_sudo_commands = False

    kind = fields.Selection(KINDS, required=True, readonly=True)
    ref_id = fields.Integer(string="Number of the person or room", required=True, readonly=True, aggregator=None)
    start = fields.Datetime(required=True, readonly=True)
    stop = fields.Datetime(required=True, readonly=True)
    owner_model = fields.Char(string="Belongs to", readonly=True)
    owner_id = fields.Integer(string="Number", readonly=True, aggregator=None)
    company_id = fields.Many2one("res.company", string="School", required=True, readonly=True, ondelete="cascade")
    active = fields.Boolean(default=True, readonly=True)

    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (kind WITH =, ref_id WITH =, tsrange(start, stop) WITH &&) WHERE (active)",
        "This hour has just been taken.",
    )
    _stop_after_start = models.Constraint("CHECK (stop > start)", "A meeting ends after it starts.")
    _start_idx = models.Index("(start, kind, ref_id) INCLUDE (stop, owner_model, active)")
    _owner_idx = models.Index("(owner_model, owner_id)")

    @api.depends("kind", "ref_id", "start")
    def _compute_display_name(self):
        """Neutral: a room plan names no student."""
        for row in self:
            row.display_name = self.env._("Occupied")

    # ------------------------------------------------------------
    # constraint present?
    # ------------------------------------------------------------

    def _register_hook(self):
        """Look at every start whether the database really holds the constraint; without it nothing is booked."""
        super()._register_hook()
        self.env.registry.psych_occupation_guarded = self._is_guarded()

    @api.model
    def _is_guarded(self):
        """True when both declared constraints exist and are valid in the database."""
        names = ("psych_occupation_no_overlap", "psych_occupation_stop_after_start")
        rows = self.env.execute_query(SQL(
            "SELECT contype FROM pg_constraint WHERE conrelid = 'psych_occupation'::regclass"
            " AND conname IN %s AND convalidated ORDER BY contype", names,
        ))
        return [row[0] for row in rows] == ["c", "x"]

    @api.model
    def _check_guarded(self):
        registry = self.env.registry
        if not getattr(registry, "psych_occupation_guarded", False):
            registry.psych_occupation_guarded = self._is_guarded()
        if not registry.psych_occupation_guarded:
            raise UserError(self.env._(
                "Booking is switched off: the database lacks the rule against double booking. "
                "Please tell the operator to update the module."
            ))

    # ------------------------------------------------------------
    # the three ways to write
    # ------------------------------------------------------------

    @api.model
    def _occupy(self, company, rows, owner=None):
        """Occupy persons and rooms, all or nothing.

        One plain INSERT in a savepoint of its own, before anything else is written: the loser of a race gets
        :class:`Taken` and leaves nothing behind. Serialization errors pass through to Odoo's retry.

        :param rows: list of (kind, ref_id, start, stop)
        :param owner: record the rows belong to, may be given later by :meth:`_own`
        :return: ids of the new rows
        :raises Taken: when one of them is occupied
        """
        self._check_guarded()
        model, owner_id = (owner._name, owner.id) if owner else (None, None)
        values = SQL(", ").join(
            SQL("(%s, %s, %s, %s, %s, %s, %s, TRUE)", kind, ref_id, start, stop, model, owner_id, company.id)
            for kind, ref_id, start, stop in sorted(rows)  # one order for everybody, so that rivals queue up
        )
        return self._guarded(SQL(
            "INSERT INTO psych_occupation (kind, ref_id, start, stop, owner_model, owner_id, company_id, active)"
            " VALUES %s RETURNING id", values,
        ))

    @api.model
    def _own(self, ids, owner):
        """Say to which record freshly occupied rows belong."""
        self.env.cr.execute(SQL(
            "UPDATE psych_occupation SET owner_model = %s, owner_id = %s WHERE id IN %s", owner._name, owner.id, tuple(ids)
        ))
        self.invalidate_model()

    @api.model
    def _move(self, owner, rows):
        """Replace everything `owner` occupies by `rows`, or raise :class:`Taken` and change nothing."""
        self._check_guarded()
        with self.env.cr.savepoint():
            self.env.cr.execute(SQL(
                "DELETE FROM psych_occupation WHERE owner_model = %s AND owner_id = %s", owner._name, owner.id
            ))
            return self._occupy(owner.company_id, rows, owner)

    @api.model
    def _release(self, owners):
        """Free what these records occupy. Harmless when nothing is occupied."""
        if owners:
            self.env.cr.execute(SQL(
                "UPDATE psych_occupation SET active = FALSE WHERE owner_model = %s AND owner_id IN %s AND active",
                owners._name, tuple(owners.ids),
            ))
            self.invalidate_model()

    @api.model
    def _guarded(self, query):
        """Run a statement that may hit the exclusion constraint; only that error is caught, and never logged."""
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(query, log_exceptions=False)
                ids = [row[0] for row in self.env.cr.fetchall()]
        except ExclusionViolation:
            raise Taken from None
        self.invalidate_model()
        return ids

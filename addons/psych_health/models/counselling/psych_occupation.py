from psycopg2.errors import ExclusionViolation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .psych_occupant import Key

KINDS = [("user", "Member of staff"), ("room", "Room"), ("student", "Student")]


LOCK_SPACE = 780100  # first number of the advisory locks of this table, one per kind


class Taken(Exception):
    """The time of a person or room has just been taken by somebody else."""


class PsychOccupation(models.Model):
    """Who and what is occupied, and when: one row per member of staff, room or student and span.

    THE table that rules out double booking across appointments, group sessions, interviews and visits. Its
    exclusion constraint decides, whatever races; nobody looks first and writes later. Rows are written only by
    :meth:`_occupy`, :meth:`_move` and :meth:`_release`, carry no title, and `ref_id` is a plain number.

    Rows are complete when they are inserted and are not touched again in that transaction: a new version of a row
    would be checked against the rivals that already wait for it, and both sides would wait for each other. So the
    owner is named by a key drawn beforehand (psych.occupant), not by an id that does not exist yet.
    """

    _name = "psych.occupation"
    _description = "Occupied time"
    _order = "start, id"
    _log_access = False
    _allow_sudo_commands = False

    kind = fields.Selection(KINDS, required=True, readonly=True)
    ref_id = fields.Integer(
        string="Number of the person or room", required=True, readonly=True, aggregator=None
    )
    start = fields.Datetime(required=True, readonly=True)
    stop = fields.Datetime(required=True, readonly=True)
    owner_model = fields.Char(string="Belongs to", readonly=True)
    owner_key = fields.Integer(string="Key", readonly=True, aggregator=None, help="See psych.occupant.")
    company_id = fields.Many2one(
        "res.company", string="School", required=True, readonly=True, ondelete="cascade"
    )
    active = fields.Boolean(default=True, readonly=True)

    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (kind WITH =, ref_id WITH =, tsrange(start, stop) WITH &&) WHERE (active)",
        "This hour has just been taken.",
    )
    _stop_after_start = models.Constraint("CHECK (stop > start)", "A meeting ends after it starts.")
    _start_idx = models.Index("(start, kind, ref_id) INCLUDE (stop, owner_model, active)")
    _owner_idx = models.Index("(owner_key)")

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
        rows = self.env.execute_query(
            SQL(
                "SELECT contype FROM pg_constraint WHERE conrelid = 'psych_occupation'::regclass"
                " AND conname IN %s AND convalidated ORDER BY contype",
                names,
            )
        )
        return [row[0] for row in rows] == ["c", "x"]

    @api.model
    def _check_guarded(self):
        registry = self.env.registry
        if not getattr(registry, "psych_occupation_guarded", False):
            registry.psych_occupation_guarded = self._is_guarded()
        if not registry.psych_occupation_guarded:
            raise UserError(
                self.env._(
                    "Booking is switched off: the database lacks the rule against double booking. "
                    "Please tell the operator to update the module."
                )
            )

    # ------------------------------------------------------------
    # the three ways to write
    # ------------------------------------------------------------

    @api.model
    def _occupy(self, company, rows, model, key=0):
        """Occupy persons and rooms, all or nothing.

        One plain INSERT in a savepoint of its own, before anything else is written: the loser of a race gets
        :class:`Taken` and leaves nothing behind. Serialization errors pass through to Odoo's retry.

        :param rows: list of (kind, ref_id, start, stop)
        :param str model: name of the model that will own the rows
        :param key: key of an owner that has one already
        :return: the key, to be stored in the owner's `occupation_key`
        :raises Taken: when one of them is occupied
        """
        self._check_guarded()
        rows = sorted(rows)  # one order for everybody, so that rivals queue up
        key = key or self.env.execute_query(SQL("SELECT nextval('psych_occupation_id_seq')"))[0][0]
        values = SQL(", ").join(
            SQL("(%s, %s, %s, %s, %s, %s, %s, TRUE)", kind, ref_id, start, stop, model, key, company.id)
            for kind, ref_id, start, stop in rows
        )
        self._queue_up(rows)
        self._guarded(
            SQL(
                "INSERT INTO psych_occupation (kind, ref_id, start, stop, owner_model, owner_key, company_id, active)"
                " VALUES %s",
                values,
            )
        )
        return Key(key)

    @api.model
    def _queue_up(self, rows):
        """Let rivals for the same person or room come one after the other until the end of the transaction.

        Two rows that are inserted at the very same moment would each wait for the other's transaction; this lock
        turns that deadlock, and the seconds Odoo sleeps after one, into a short queue.
        """
        order = {kind: number for number, (kind, _label) in enumerate(KINDS)}
        for kind, ref_id in dict.fromkeys((kind, ref_id) for kind, ref_id, _start, _stop in rows):
            self.env.cr.execute(SQL("SELECT pg_advisory_xact_lock(%s, %s)", LOCK_SPACE + order[kind], ref_id))

    @api.model
    def _move(self, owner, rows):
        """Replace everything `owner` (a psych.occupant) occupies by `rows`, or raise :class:`Taken` and change nothing."""
        self._check_guarded()
        with self.env.cr.savepoint():
            if owner.occupation_key:
                self.env.cr.execute(
                    SQL("DELETE FROM psych_occupation WHERE owner_key = %s", owner.occupation_key)
                )
            key = self._occupy(owner.company_id, rows, owner._name, owner.occupation_key)
        if key != owner.occupation_key:
            owner.write({"occupation_key": key})

    @api.model
    def _release(self, owners):
        """Free what these records occupy. Harmless when nothing is occupied."""
        keys = tuple(owner.occupation_key for owner in owners if owner.occupation_key)
        if keys:
            self.env.cr.execute(
                SQL("UPDATE psych_occupation SET active = FALSE WHERE owner_key IN %s AND active", keys)
            )
            self.invalidate_model()

    @api.model
    def _is_taken(self, rows):
        """True when one of these is occupied now. For looking ahead only: booking never asks, it inserts.

        :param rows: list of (kind, ref_id, start, stop)
        """
        spans = SQL(" OR ").join(
            SQL("(kind = %s AND ref_id = %s AND tsrange(start, stop) && tsrange(%s, %s))", *row)
            for row in rows
        )
        return bool(
            self.env.execute_query(SQL("SELECT 1 FROM psych_occupation WHERE active AND (%s) LIMIT 1", spans))
        )

    @api.model
    def _guarded(self, query):
        """Run a statement that may hit the exclusion constraint; only that error is caught, and never logged."""
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(query, log_exceptions=False)
        except ExclusionViolation:
            raise Taken from None
        self.invalidate_model()

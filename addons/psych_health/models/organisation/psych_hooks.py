from odoo import api, models


class PsychHooks(models.AbstractModel):
    """The public seams of psych_health: what an upper addon may extend.

    psych_health calls these and works without anybody behind them. An extension calls ``super()`` first and
    adds its own work. A changed signature is a new major version (see ``readme/DEVELOP.md``).
    """

    _name = "psych.hooks"
    _description = "Extension seams of the mental-health network"

    @api.model
    def _psych_flag_raised(self, record, rule_ref, urgency):
        """A record of psych_health shows something that may mean danger.

        Runs inside the caller's transaction and savepoint, as the caller's user (public and portal too).

        :param record: the singleton that raised it (answer sheet, appointment, session …)
        :param str rule_ref: id of the rule that fired; never the item or its value
        :param str urgency: ``acute`` (at once), ``talk`` (needs a talk) or ``watch``
        """

    @api.model
    def _psych_minimum_told(self, record, text):
        """The author of a flag says the minimum that others need to know, with the flag or later; empty takes it back.

        Runs as the author, after ``_psych_flag_raised`` for the same record. What is done with it keeps it encrypted.

        :param record: the singleton that raised the flag
        :param str text: few sentences, never the narrative
        """

    @api.model
    def _watched_students(self, students):
        """Return the subset of ``students`` that have an open matter (none without an upper addon)."""
        return students.browse()

    @api.model
    def _open_work_of(self, user):
        """Return what would be orphaned if ``user`` stopped today, as a list of ``(model name, id)``."""
        return []

    @api.model
    def _student_left(self, students, reason):
        """``students`` left, graduated or were removed by a roster (``reason``: new enrolment state)."""

    @api.model
    def _room_changed(self, students):
        """``students`` moved to another dorm room; posts that hang on the room end by themselves."""
        self.env["psych.membership"]._end_for_moved_students(students)

    @api.model
    def _roster_handover(self, handovers):
        """A roster import moved or removed students with an open matter (``psych.roster.handover``, state waiting).

        The owner of the matter stays until the hand-over is accepted (safety F9).
        """

    @api.model
    def _handover_accepted(self, handovers):
        """The centre accepted that these students are somebody else's from now on (``psych.roster.handover``, accepted)."""

    @api.model
    def _home_cards(self, student):
        """Return the cards of the student's home page, in order, as a list of
        ``{"title": str, "text": str, "url": str}``; rooms and upper addons append theirs."""
        return [
            {
                "title": self.env._("Talk to a counsellor"),
                "url": "/psych/booking",
                "text": self.env._("Free of charge. Take the next free hour, or look at yours."),
            },
            {
                "title": self.env._("Who opened my file"),
                "url": "/my/file-access",
                "text": self.env._("Which role read what is written about you, and why."),
            },
        ]

    @api.model
    def _subject_data(self, student):
        """Return what is held about ``student`` for the student's own copy, as a list of
        ``{"title": str, "rows": [(label, value), …]}``; never sources and third parties (PIPL art. 45)."""
        return []

    @api.model
    def _retention_classes(self):
        """Return the classes of records that expire, as a list of
        ``{"code": str, "name": str, "model": str, "domain": list, "date_field": str, "mode": str}``."""
        return []

    @api.model
    def _demo_build(self, world):
        """Add to the demo college what an upper addon knows of it.

        :param world: ``odoo.addons.psych_health.demo_college.world.World`` with people, units and dates
        """

    @api.model
    def _emergency_card(self, student):
        """Return what else on-call staff see on the emergency card, such as the safety plan: a list of
        ``{"label": str, "text": str, "url": str}`` (text or url may be empty). Runs as the user who opened it."""
        return []

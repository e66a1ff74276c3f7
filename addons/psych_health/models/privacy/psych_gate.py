import logging

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ...tools import confidential, door

_logger = logging.getLogger(__name__)

RIGHTS = [
    ("existence", "Existence"),
    ("level", "Level"),
    ("tasks", "Tasks"),
    ("notes", "Process notes"),
    ("answers", "Answers"),
    ("reporter", "Reporter"),
]


class PsychGate(models.AbstractModel):
    """The one seam that answers: may this door open this content of this record now?

    In this order, everything must hold:

    1. somebody stands at the door and the gate is not shut (tools/door.py);
    2. the environment is that person's own, without ``sudo()``;
    3. the record itself is readable to the person (access rights and record rules);
    4. a row of ``psych.content.right`` opens the right to one of the person's roles in force, or
       an approved ``psych.access.grant`` opens this record now;
    5. the person is not locked out of the student (``psych.lockout``), which wins over all.

    The student of a signed link opens own records of models that say so, nothing else.
    """

    _name = "psych.gate"
    _description = "Gate of confidential content"

    @api.model
    def _may_open(self, records, right):
        """Return the subset of ``records`` whose content ``right`` opens for the door now."""
        who = door.identity()
        records = records._origin
        if not who or not records:
            return records.browse()
        if who.kind == door.KIND_LINK:
            return self._own_by_link(records, who)
        if self.env.su or who.uid != self.env.uid or who.uid == 1:
            return records.browse()
        records = records._filtered_access("read")
        if records._name == "psych.document":
            return records._psych_opened(records)
        opened = self._by_rows(records, right, who.uid)
        closed = records - opened
        if closed:
            opened |= self.env["psych.access.grant"]._granted(closed, right, who.uid)
        return self._without_locked_out(records & opened, who.uid)

    @api.model
    def _check_open(self, records, right):
        """Raise when the content ``right`` of any record does not open for the door now.

        :raises AccessError: names no record, no student and no content
        """
        if records._origin - self._may_open(records, right):
            raise AccessError(
                self.env._(
                    "This content is not open to you. Ask the head of the centre, or use an "
                    "emergency opening when someone is in danger."
                )
            )

    # sudo seam: the gate decides for an explicit user id over rights, scopes and lock-outs, which
    # the person cannot read; nothing read here leaves the gate
    def _by_rows(self, records, right, uid):
        rows = self.env["psych.content.right"].sudo()._rows(records._name, right)
        domain = Domain.OR([row._domain(uid) for row in rows]) if rows else Domain.FALSE
        return self._matching(records, domain)

    def _matching(self, records, domain):
        if not records or domain.is_false():
            return records.browse()
        # named seam: which of the records the domain of a right names; ids only
        model_sudo = records.sudo().with_context(active_test=False)
        found = model_sudo.search(Domain("id", "in", records.ids) & domain)
        return records.browse(found.ids)

    def _without_locked_out(self, records, uid):
        path = self._student_path(records)
        if not records or not path:
            return records
        # named seam: lock-outs are readable to the head alone; ids only
        students = self.env["psych.lockout"].sudo()._locked_student_ids(uid)
        if not students:
            return records
        return records - self._matching(records, Domain(path, "in", students))

    @api.model
    def _student_path(self, records):
        """Return the dotted path from a record to its student(s), '' when it is about nobody."""
        path = getattr(records, "_psych_student_path", None)
        path = path or getattr(records, "_psych_student_field", None)
        return path or ("student_id" if "student_id" in records._fields else "")

    def _own_by_link(self, records, who):
        if not getattr(records, "_psych_link_opens", False) or not records._psych_student_field:
            return records.browse()
        own = Domain(records._psych_student_field, "=", who.student_id)
        return self._matching(records, own)

    # ------------------------------------------------------------------
    # Scheduled: rotation of keys
    # ------------------------------------------------------------------
    @api.model
    def _cron_rotate(self):
        """Bring all content under the active key: batches, stops and resumes at any point.

        What no key opens is left as it is and counted on the server log.
        """
        for name in confidential.confidential_models(self.env):
            after = broken = 0
            while True:
                # sudo: scheduled action; tokens to tokens, nobody sees a text
                after, _done, failed = self.env[name].sudo()._psych_rotate(after)
                broken += failed
                self.env["ir.cron"]._commit_progress(1 if after else 0)
                if not after:
                    break
            if broken:
                _logger.warning("%s: %s texts are under no key of the key file", name, broken)

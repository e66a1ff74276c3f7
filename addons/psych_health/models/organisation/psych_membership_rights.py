from contextlib import contextmanager

from odoo import models


class RightsBatch(set):
    """Ids of posts whose rights are computed once at the end; only code can make one, no client can forge it."""


class PsychMembership(models.Model):
    """Rights follow the roster: a change of a post brings scope rows and groups in line, many changes at once."""

    _inherit = "psych.membership"

    def _refresh_rights(self):
        """Recompute scope rows and groups after a change of the roster, in one batch."""
        batch = self.env.context.get("psych_rights_batch")
        if isinstance(batch, RightsBatch):
            batch.update(self.ids)
        else:
            self.env["psych.scope"]._rebuild(self)

    @contextmanager
    def _rights_at_once(self):
        """Give ``self`` for many changes of the roster whose rights are computed together at the end of the block."""
        if isinstance(self.env.context.get("psych_rights_batch"), RightsBatch):
            yield self
            return
        batch = RightsBatch()
        yield self.with_context(psych_rights_batch=batch)
        self.env["psych.scope"]._rebuild(self.browse(sorted(batch)).exists())

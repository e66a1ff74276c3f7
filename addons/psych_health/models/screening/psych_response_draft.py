import secrets

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import cipher, clock, confidential, door, keys, scoring, sheet


def _merge_rows(rows, student_id):
    """Merge the saved steps of one student: ``{scale id: packed}``; a step that no key opens is left out.

    A function of this file and not a method: code planted in the database reaches methods only.
    """
    ring, merged = keys.content_ring(), {}
    for scale_id, token, row_key in rows:
        try:
            text = ring.decrypt(
                token, cipher.aad("psych.response.draft", "answers", row_key, student_id)
            ).decode()
        except cipher.CipherError:
            continue
        packed = sheet.from_text(text)
        older = merged.get(scale_id)
        merged[scale_id] = scoring.merge(older, packed) if older and len(older) == len(packed) else packed
    return merged


class PsychResponseDraft(models.Model):
    """A saved step of an unfinished sheet: insert-only, so two devices never wait for each other.

    Merged in order of arrival: what was answered later wins. Rows go when the sheet is in, or become an
    *incomplete* sheet when the campaign closes.
    """

    _name = "psych.response.draft"
    _description = "Saved step of a sheet"
    _inherit = ["psych.confidential.mixin"]
    _psych_content_right = "answers"
    _psych_link_opens = True
    _order = "id"
    _log_access = False
    _rec_name = "id"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    campaign_id = fields.Many2one("psych.campaign", required=True, readonly=True, ondelete="cascade")
    scale_id = fields.Many2one("psych.scale", required=True, readonly=True, ondelete="cascade")
    student_id = fields.Many2one(
        "psych.student", required=True, readonly=True, ondelete="cascade", index=True
    )
    saved_at = fields.Datetime(required=True, readonly=True)
    seconds = fields.Integer(readonly=True)
    answers = confidential.Confidential()

    _campaign_student = models.Index("(campaign_id, student_id)")

    # sudo seam: the student of a signed link has no rights on the table
    @api.model
    def _save_steps(self, campaign, student_id, sheets):
        """Insert one row per sheet.

        :param list sheets: ``(scale id, packed, seconds)``
        """
        for scale_id, packed, seconds in sheets:
            row_key = secrets.token_hex(16)
            token = confidential.seal(self._name, "answers", sheet.to_text(packed), row_key, student_id)
            self.env.cr.execute(
                SQL(
                    """INSERT INTO psych_response_draft (company_id, campaign_id, scale_id, student_id, saved_at, seconds,
                                                     row_key, answers_cipher)
                   VALUES (%s, %s, %s, %s, %s, %s, %s, %s)""",
                    campaign["company_id"],
                    campaign["id"],
                    scale_id,
                    student_id,
                    clock.now(),
                    seconds,
                    row_key,
                    token,
                )
            )

    @api.model
    def _own_steps(self, campaign, student_id):
        """What the student of the signed link at the door filled in so far: ``{scale id: packed}``.

        Filling in is no reading: it opens nothing of anybody else and writes no reading log (odoo-traps 16).
        """
        who = door.identity()
        if not who or who.kind != door.KIND_LINK or who.student_id != student_id:
            return {}
        return _merge_rows(self._step_rows(campaign["id"], student_id), student_id)

    def _step_rows(self, campaign_id, student_id):
        return self.env.execute_query(
            SQL(
                """SELECT scale_id, answers_cipher, row_key FROM psych_response_draft
                WHERE campaign_id = %s AND student_id = %s AND answers_cipher IS NOT NULL ORDER BY id""",
                campaign_id,
                student_id,
            )
        )

    # ----------------------------------------------------------------------
    # After
    # ----------------------------------------------------------------------

    @api.model
    def _gc_submitted(self):
        """Delete the steps of sheets that are in. Called by the fold job."""
        self.env.cr.execute(
            SQL(
                """DELETE FROM psych_response_draft d USING psych_response r
                WHERE r.campaign_id = d.campaign_id AND r.student_id = d.student_id AND r.scale_id = d.scale_id"""
            )
        )

    @api.model
    def _close_unfinished(self, campaign):
        """Turn what was never submitted into *incomplete* sheets (machine work: answers to numbers, sealed again).

        :param campaign: the ``psych.campaign`` that closes
        :return: number of sheets made
        """
        plain = campaign._plain_data()
        self._gc_submitted()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT d.student_id FROM psych_response_draft d
                WHERE d.campaign_id = %s AND NOT EXISTS (
                      SELECT 1 FROM psych_response r WHERE r.campaign_id = d.campaign_id AND r.student_id = d.student_id
                         AND r.scale_id = d.scale_id)""",
                campaign.id,
            )
        )
        Response, count = self.env["psych.response"], 0
        for (student_id,) in rows:
            merged = _merge_rows(self._step_rows(campaign.id, student_id), student_id)
            sheets = [
                Response._sheet_row(plain, scale_id, student_id, packed, None)
                for scale_id, packed in merged.items()
            ]
            fresh = Response._insert_sheets(plain, student_id, sheets) if sheets else {}
            for row in sheets:
                if row["scale_id"] in (fresh or {}):
                    self.env["psych.response.flag"]._raise(
                        plain, student_id, row["scale_id"], row["codes"], fresh[row["scale_id"]]
                    )
            count += len(fresh or {})
        self.env.cr.execute(SQL("DELETE FROM psych_response_draft WHERE campaign_id = %s", campaign.id))
        return count

# the gate and encrypted content
from . import psych_gate
from . import psych_confidential_mixin
from . import psych_content_right
from . import psych_document
from . import psych_lockout
from . import psych_access_grant
from . import psych_student

# opening in an emergency
from . import psych_access_reason
from . import psych_access_grant_opening
from . import psych_confidential_opening
from . import psych_family_contact
from . import psych_emergency_card

# consent
from . import psych_consent_text
from . import psych_consent

# rights of the data subject, retention, a death stops every message
from . import psych_hooks
from . import psych_student_silence
from . import mail_mail
from . import mail_thread
from . import psych_legal_hold
from . import psych_confidential_anonymise
from . import psych_retention_class
from . import psych_destruction_record
from . import psych_correction_request
from . import psych_subject_copy

# leaks, assessments, exports with names
from . import psych_privacy_step
from . import psych_privacy_incident
from . import psych_privacy_incident_line
from . import psych_privacy_assessment
from . import psych_export_request

# the reading log
from . import psych_access_log
from . import psych_access_delay
from . import psych_access_log_reason
from . import psych_access_seal

# doors: who stands there, and where the gate is shut
from . import ir_http
from . import res_users
from . import foreign_code
from . import ir_actions_server
from . import ir_cron
from . import ir_model_fields
from . import ir_qweb
from . import ir_rule
from . import mail_render_mixin

# places where text would stand in clear, or names would leave
from . import base
from . import ir_actions_act_window
from . import ir_attachment
from . import ir_default
from . import mail_activity
from . import mail_compose_message
from . import mail_message
from . import mail_scheduled_message

# sign-in
from . import ir_http_sign_in
from . import res_users_sign_in
from . import res_users_apikeys
from . import psych_login_failure
from . import psych_credential_reset
from . import auditlog_rule
from . import x2many_condition

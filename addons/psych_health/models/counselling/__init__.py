# settings
from . import res_company
from . import res_users
from . import auth_oauth_provider
from . import res_users_oauth
from . import ir_http
from . import psych_student

# catalogue
from . import psych_topic
from . import psych_telling
from . import psych_place
from . import psych_service
from . import psych_counsellor

# roster
from . import psych_term_event
from . import psych_duty_pattern
from . import psych_duty_shift

# bookings
from . import psych_occupant
from . import psych_occupation
from . import psych_week
from . import psych_availability
from . import calendar_event
from . import psych_reminder_address
from . import psych_outbox
from . import mail_mail
from . import psych_appointment
from . import psych_appointment_portal
from . import psych_appointment_page
from . import psych_waiting
from . import psych_call_request

# records of talks
from . import psych_session
from . import psych_session_addendum
from . import psych_appointment_record
from . import psych_talk
from . import psych_staff_visit

# groups
from . import psych_group
from . import psych_group_member
from . import psych_group_session

# seams
from . import psych_hooks
from . import psych_consent

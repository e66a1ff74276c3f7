# scales
from . import psych_scale_part
from . import psych_scale
from . import psych_scale_file
from . import psych_scale_item
from . import psych_scale_option
from . import psych_scale_factor
from . import psych_scale_band
from . import psych_scale_flag
from . import psych_scale_flag_term
from . import psych_scale_norm
from . import psych_scale_norm_line
from . import psych_scale_vector

# campaigns
from . import psych_campaign
from . import psych_campaign_calendar
from . import psych_campaign_wave
from . import psych_campaign_member
from . import psych_campaign_coverage
from . import psych_campaign_slip
from . import psych_campaign_delta
from . import psych_campaign_tick

# sheets
from . import psych_response
from . import psych_export_answers
from . import psych_response_draft
from . import psych_response_flag
from . import psych_response_level
from . import psych_link_try
from . import psych_screening_seam
from . import psych_session_measure

# after
from . import psych_interview
from . import psych_interview_slot
from . import psych_screening_figure
from . import psych_screening_gap
from . import psych_screening_hit
from . import psych_campaign_figures
from . import psych_file
from . import psych_file_rule
from . import psych_hooks
from . import res_company
from . import psych_student

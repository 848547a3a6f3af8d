"""Numbers a leader can act on: table in, table out, an interval on every estimate.

``comments``, ``segments`` and ``themes`` are pandas frames with the columns of ``voc.schema.COMMENTS``,
``SEGMENTS`` and ``THEMES``. Shares run 0…1; scores and balances run −100…100. A table's ``attrs["note"]``
says in one plain sentence why it is empty or has no estimates; without a reason it is absent.
"""

from voc.analytics.audit import risk_audit, risk_list, risk_sample
from voc.analytics.balance import block_balance, net_giving, signal_balance
from voc.analytics.base import GREY_N, MIN_N, PRIVACY_MIN_N
from voc.analytics.breaks import change_points, weekly
from voc.analytics.callbacks import call_backs
from voc.analytics.changes import changes
from voc.analytics.compare import compare
from voc.analytics.competitors import competitors, unlisted_names
from voc.analytics.crosses import signal_crosses
from voc.analytics.drivers import drivers, reported
from voc.analytics.emerging import emerging
from voc.analytics.gaps import gaps
from voc.analytics.importance import importance
from voc.analytics.internal_quotes import internal_quotes
from voc.analytics.journey import default_stages, journey, journey_map, read_stages
from voc.analytics.loyalty import advocates, satisfied_at_risk
from voc.analytics.moments import moments
from voc.analytics.nps import nps_interval, nps_table
from voc.analytics.outcomes import outcomes
from voc.analytics.periods import PERIODS, period_labels
from voc.analytics.quadrants import quadrants
from voc.analytics.rates import complaint_rates, rate_ratio
from voc.analytics.response import response_base
from voc.analytics.score_base import score_base
from voc.analytics.spans import unfinished
from voc.analytics.split import change_split
from voc.analytics.theme_periods import theme_periods
from voc.analytics.topics import topic_mentions, topic_periods, topic_table
from voc.analytics.value import value_held
from voc.analytics.volume import heading_table, sentiment_table, theme_table, volume

__all__ = [
    "GREY_N",
    "MIN_N",
    "PERIODS",
    "PRIVACY_MIN_N",
    "advocates",
    "block_balance",
    "call_backs",
    "change_points",
    "change_split",
    "changes",
    "compare",
    "competitors",
    "complaint_rates",
    "default_stages",
    "drivers",
    "emerging",
    "gaps",
    "heading_table",
    "importance",
    "internal_quotes",
    "journey",
    "journey_map",
    "moments",
    "net_giving",
    "nps_interval",
    "nps_table",
    "outcomes",
    "period_labels",
    "quadrants",
    "rate_ratio",
    "read_stages",
    "reported",
    "response_base",
    "risk_audit",
    "risk_list",
    "risk_sample",
    "satisfied_at_risk",
    "score_base",
    "sentiment_table",
    "signal_balance",
    "signal_crosses",
    "theme_periods",
    "theme_table",
    "topic_mentions",
    "topic_periods",
    "topic_table",
    "unfinished",
    "unlisted_names",
    "value_held",
    "volume",
    "weekly",
]

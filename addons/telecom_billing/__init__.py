from . import controllers
from . import models
from . import report
from . import wizard


def uninstall_hook(env):
    """Drop the partitioned table below the view of usage: Odoo knows the view only."""
    env.cr.execute(
        "DROP TABLE IF EXISTS telecom_usage_record, telecom_usage_turn CASCADE;"
        " DROP SEQUENCE IF EXISTS telecom_usage_record_id_seq"
    )

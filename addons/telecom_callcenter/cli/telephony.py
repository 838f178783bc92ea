"""``odoo telephony``: the gateway between one Asterisk and Odoo.

Odoo loads this file without importing the addon, so nothing of it is imported up here.
See docs/gateway.md.
"""

import os
import sys

from odoo.cli import Command
from odoo.tools import config

DESCRIPTION = """\
Run the gateway between Asterisk and Odoo: one process per PBX, on the PBX's host.

Every option can also come from the environment: --ami-host from TELECOM_AMI_HOST, and
so on. Secrets come from the environment or from --secrets only:
  TELECOM_AMI_USER, TELECOM_AMI_SECRET                the live view and calls
  TELECOM_AMI_RELOAD_USER, TELECOM_AMI_RELOAD_SECRET  reloads and credentials
"""


class Telephony(Command):
    """Run the gateway between Asterisk and Odoo"""

    name = "telephony"
    description = DESCRIPTION

    def run(self, cmdargs):
        parser = self.parser
        add = parser.add_argument

        def option(name, env, help_text, default=None, **kwargs):
            # argparse converts a default that is text with ``type``.
            default = os.environ.get(f"TELECOM_{env}") or default
            add(f"--{name}", default=default, help=help_text, **kwargs)

        add("-c", "--config", help="Odoo's configuration file")
        add("-d", "--database", default=os.environ.get("TELECOM_DB"))
        option("pbx", "PBX", "code of the PBX; not needed when there is only one")
        option("ami-host", "AMI_HOST", "where Asterisk's manager listens")
        option("ami-port", "AMI_PORT", "its port", type=int)
        option("secrets", "SECRETS", "file of NAME=value lines with the AMI secrets")
        option(
            "asterisk-etc",
            "ASTERISK_ETC",
            "Asterisk's configuration; files go to telecom/ in there",
            default="/etc/asterisk",
        )
        option(
            "asterisk-log",
            "ASTERISK_LOG",
            "where cel.json and queue_log are",
            default="/var/log/asterisk",
        )
        option("cel", "CEL", "the CEL file; cel.json in --asterisk-log by default")
        option("queue-log", "QUEUE_LOG", "queue_log in --asterisk-log by default")
        option("sounds", "SOUNDS", "prompts go here; telecom/sounds by default")
        option("health-host", "HEALTH_HOST", "health page", default="127.0.0.1")
        option("health-port", "HEALTH_PORT", "0: none", type=int, default="8076")
        option("odoo-url", "ODOO_URL", "an address of Odoo's, to know that it works")
        add("--check", action="store_true", help="say how the running gateway is")
        add(
            "--stop-dialing",
            metavar="all|operator:ID|campaign:ID",
            help="emergency stop, on Asterisk itself: no database is needed",
        )
        add("--log-level", default="info")
        args = parser.parse_args(args=cmdargs)

        arguments = ["--no-http", f"--log-level={args.log_level}"]
        if args.config:
            arguments += ["-c", args.config]
        if args.database:
            arguments += ["-d", args.database]
        config.parse_config(arguments, setup_logging=True)
        # The addon, now that the addons' path is known.
        from odoo.addons.telecom_callcenter.gateway import health, service, stop
        from odoo.addons.telecom_callcenter.gateway.settings import Settings

        try:
            settings = Settings.of(args, os.environ, config)
            if args.stop_dialing:
                stop.key_of(args.stop_dialing)
        except ValueError as error:
            parser.error(str(error))
        if args.check:
            sys.exit(health.check(settings))
        if args.stop_dialing:
            sys.exit(stop.run(settings, args.stop_dialing))
        sys.exit(service.run(settings))

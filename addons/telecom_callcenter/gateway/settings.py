"""What the gateway is told when it starts."""

import dataclasses
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Settings:
    database: str
    pbx: str | None
    ami_host: str | None
    ami_port: int | None
    ami_user: str
    ami_secret: str = dataclasses.field(repr=False)
    reload_user: str
    reload_secret: str = dataclasses.field(repr=False)
    etc: Path
    cel: Path
    queue_log: Path
    sounds: Path
    health_host: str
    health_port: int
    odoo_url: str | None

    @classmethod
    def of(cls, args, environ, config):
        """Settings from parsed arguments, the environment and Odoo's configuration.

        :raises ValueError: something is missing, with what to do about it
        """
        databases = config["db_name"] or []
        database = databases[0] if databases else None
        if not database and not args.check and not args.stop_dialing:
            raise ValueError("which database? Give -d, or TELECOM_DB")
        secrets = dict(environ)
        if args.secrets:
            secrets.update(read_secrets(Path(args.secrets)))
        log = Path(args.asterisk_log)
        etc = Path(args.asterisk_etc) / "telecom"
        secret = secrets.get("TELECOM_AMI_SECRET", "")
        if not secret and not args.check:
            raise ValueError(
                "Asterisk's manager needs a secret: set TELECOM_AMI_SECRET, or name a "
                "file with --secrets"
            )
        return cls(
            database=database or "",
            pbx=args.pbx or None,
            ami_host=args.ami_host,
            ami_port=args.ami_port,
            ami_user=secrets.get("TELECOM_AMI_USER", "gateway"),
            ami_secret=secret,
            reload_user=secrets.get("TELECOM_AMI_RELOAD_USER", "reload"),
            reload_secret=secrets.get("TELECOM_AMI_RELOAD_SECRET", ""),
            etc=etc,
            cel=Path(args.cel) if args.cel else log / "cel.json",
            queue_log=Path(args.queue_log) if args.queue_log else log / "queue_log",
            sounds=Path(args.sounds) if args.sounds else etc / "sounds",
            health_host=args.health_host,
            health_port=args.health_port,
            odoo_url=args.odoo_url,
        )


def read_secrets(path):
    """``NAME=value`` lines; empty ones and comments are skipped."""
    values = {}
    for line in path.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not name.strip().startswith(("#", ";", "[")):
            values[name.strip()] = value.strip()
    return values

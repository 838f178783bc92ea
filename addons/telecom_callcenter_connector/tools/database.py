"""Databases of others, each by its own driver; no Odoo.

Every access has a connection of its own, a time limit of the server and one of the
network, and one transaction: read-only for what reads, and undone when a change
concerns more rows than allowed.
"""

import contextlib
import socket
import ssl
import tempfile
from dataclasses import dataclass

import certifi

from . import sql_text
from .answer import Answer
from .errors import ConnectorError

#: Seconds that setting up a connection may take
CONNECT = 10
#: What no file can be called
NO_FILE = "/dev/null/none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to connect to.

    :ivar str host: the name that the certificate must have
    :ivar str address: the address that was judged, see :mod:`.address`
    :ivar str tls: ``verify``, ``require`` (encrypted, whoever it is) or ``off``
    :ivar str authority: certificates in PEM that are trusted; those of the web if empty
    """

    host: str
    address: str
    port: int
    database: str = ""
    user: str = ""
    password: str = ""
    tls: str = "verify"
    authority: str = ""


@contextlib.contextmanager
def trusted(target):
    """Give the path of a file with the certificates that are trusted."""
    if not target.authority:
        yield certifi.where()
        return
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(target.authority)
        file.flush()
        yield file.name


def tls_context(target):
    """Return how to encrypt, None for not at all."""
    if target.tls == "off":
        return None
    if target.authority:
        context = ssl.create_default_context(cadata=target.authority)
    else:
        context = ssl.create_default_context(cafile=certifi.where())
    if target.tls == "require":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def run(kind, target, text, values, *, read, limit, seconds):
    """Ask a database.

    :param str kind: ``postgresql``, ``mysql`` or ``oracle``
    :param Target target: where
    :param str text: with ``:name`` for parameters
    :param dict values: by name; bound by the driver
    :param bool read: in a read-only transaction
    :param int limit: rows that are read, or may be changed
    :param int seconds: the time there is
    :return: Answer
    :raises ConnectorError: ``no_driver``, ``unreachable``, ``refused`` (the login),
        ``timeout``, ``failed``, or ``too_many`` rows to be changed
    """
    ask = {"postgresql": _postgresql, "mysql": _mysql, "oracle": _oracle}[kind]
    return ask(target, text, values, read, limit, seconds)


def _changed(connection, cursor, limit):
    """Keep a change, unless it concerns more rows than allowed."""
    rows, columns = [], []
    if cursor.description:
        columns = [column[0] for column in cursor.description]
        rows = cursor.fetchmany(limit + 1)
    count = cursor.rowcount
    if count > limit:
        connection.rollback()
        raise ConnectorError("too_many", count)
    answer = Answer.of(columns, rows, limit)
    answer.count = max(count, 0)
    connection.commit()
    return answer


# PostgreSQL


def _postgresql(target, text, values, read, limit, seconds):
    import psycopg2  # noqa: PLC0415

    modes = {"verify": "verify-full", "require": "require", "off": "disable"}
    try:
        with trusted(target) as authority:
            # With certificates to trust, “require” would look at the server's too
            roots = authority if target.tls == "verify" else NO_FILE
            connection = psycopg2.connect(
                host=target.host,
                hostaddr=target.address,
                port=target.port,
                dbname=target.database,
                user=target.user,
                password=target.password,
                # Not those of whoever runs Odoo
                passfile=NO_FILE,
                sslcert=NO_FILE,
                gssencmode="disable",
                sslmode=modes[target.tls],
                sslrootcert=roots,
                connect_timeout=CONNECT,
                tcp_user_timeout=1000 * (seconds + CONNECT),
                application_name="telecom_connector",
            )
    except psycopg2.Error as error:
        raise _login_error(error) from error
    try:
        return _ask_postgresql(connection, text, values, read, limit, seconds)
    except psycopg2.Error as error:
        if error.pgcode in ("57014", "25P03"):
            raise ConnectorError("timeout", error.pgcode) from error
        raise ConnectorError("failed", error.pgcode or "") from error
    finally:
        connection.close()


def _login_error(error):
    # Without an SQLSTATE: libpq tells by its words only
    words = str(error)
    if any(said in words for said in ("authentication", "does not exist", "pg_hba")):
        return ConnectorError("refused")
    if "SSL" in words or "certificate" in words:
        return ConnectorError("unreachable", "TLS")
    return ConnectorError("timeout" if "timeout" in words else "unreachable")


def _ask_postgresql(connection, text, values, read, limit, seconds):
    statement = sql_text.compiled(text, "pyformat")
    with connection.cursor() as cursor:
        if read:
            cursor.execute("SET TRANSACTION READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = %s", [1000 * seconds])
        cursor.execute("SET LOCAL lock_timeout = %s", [1000 * seconds])
        if not read:
            cursor.execute(statement, values)
            return _changed(connection, cursor, limit)
    # A cursor of the server: takes nothing but a query, and sends what is asked for
    with connection.cursor("telecom_connector") as cursor:
        cursor.itersize = limit + 1
        cursor.execute(statement, values)
        rows = cursor.fetchmany(limit + 1)
        columns = [column[0] for column in cursor.description or ()]
        answer = Answer.of(columns, rows, limit)
    connection.rollback()
    return answer


# MySQL and MariaDB


def _mysql(target, text, values, read, limit, seconds):
    try:
        import pymysql  # noqa: PLC0415
        from pymysql.constants import CLIENT  # noqa: PLC0415
    except ImportError as error:
        raise ConnectorError("no_driver", "PyMySQL") from error
    context = tls_context(target)
    connection = pymysql.connect(
        host=target.host,
        port=target.port,
        user=target.user,
        password=target.password,
        database=target.database,
        charset="utf8mb4",
        connect_timeout=CONNECT,
        read_timeout=seconds + CONNECT,
        write_timeout=seconds + CONNECT,
        ssl=context,
        ssl_disabled=context is None,
        # As elsewhere, rows that a change found, also where it says what was there
        client_flag=CLIENT.FOUND_ROWS,
        local_infile=False,
        autocommit=False,
        defer_connect=True,
    )
    try:
        # To the address that was judged, under the name of the certificate
        wire = socket.create_connection((target.address, target.port), CONNECT)
        connection.connect(wire)
    except (OSError, pymysql.MySQLError) as error:
        code = error.args[0] if error.args else 0
        # Access denied, unknown database
        if code in (1044, 1045, 1049, 1698):
            raise ConnectorError("refused", code) from error
        cause = getattr(error, "original_exception", error)
        kind = "timeout" if isinstance(cause, TimeoutError) else "unreachable"
        detail = "TLS" if isinstance(cause, ssl.SSLError) else ""
        raise ConnectorError(kind, detail) from error
    try:
        return _ask_mysql(connection, text, values, read, limit, seconds)
    except pymysql.MySQLError as error:
        code = error.args[0] if error.args else ""
        # Stopped for its time (MySQL, MariaDB), lock wait, nothing came any more
        if code in (3024, 1969, 1205, 2013):
            raise ConnectorError("timeout", code) from error
        raise ConnectorError("failed", code) from error
    finally:
        with contextlib.suppress(pymysql.MySQLError):
            connection.close()


def _ask_mysql(connection, text, values, read, limit, seconds):
    statement = sql_text.compiled(text, "pyformat")
    with connection.cursor() as cursor:
        if "mariadb" in connection.get_server_info().lower():
            cursor.execute("SET SESSION max_statement_time = %s", [seconds])
        else:
            # Of what reads; what writes waits for locks no longer than that
            cursor.execute("SET SESSION max_execution_time = %s", [1000 * seconds])
        cursor.execute("SET SESSION innodb_lock_wait_timeout = %s", [max(seconds, 1)])
        if not read:
            cursor.execute("START TRANSACTION")
            cursor.execute(statement, values)
            return _changed(connection, cursor, limit)
        cursor.execute("SET SESSION sql_select_limit = %s", [limit + 1])
        cursor.execute("SET SESSION TRANSACTION READ ONLY")
        cursor.execute("START TRANSACTION READ ONLY")
        cursor.execute(statement, values)
        rows = cursor.fetchmany(limit + 1)
        columns = [column[0] for column in cursor.description or ()]
        connection.rollback()
        return Answer.of(columns, rows, limit)


# Oracle


def _oracle(target, text, values, read, limit, seconds):
    try:
        import oracledb  # noqa: PLC0415
    except ImportError as error:
        raise ConnectorError("no_driver", "oracledb") from error
    tls = {}
    if target.tls != "off":
        context = tls_context(target)
        tls = {
            "protocol": "tcps",
            "ssl_context": context,
            "ssl_server_dn_match": target.tls == "verify",
        }
    try:
        connection = oracledb.connect(
            user=target.user,
            password=target.password,
            # With a certificate the name is proved; without, the address was judged
            host=target.host if target.tls == "verify" else target.address,
            port=target.port,
            service_name=target.database,
            tcp_connect_timeout=CONNECT,
            **tls,
        )
    except (oracledb.Error, OSError) as error:
        code = _oracle_code(error)
        refused = code in ("ORA-01017", "ORA-28000", "DPY-4001")
        raise ConnectorError("refused" if refused else "unreachable", code) from error
    try:
        connection.call_timeout = 1000 * seconds
        with connection.cursor() as cursor:
            cursor.arraysize = min(limit + 1, 1000)
            cursor.prefetchrows = cursor.arraysize
            if read:
                cursor.execute("SET TRANSACTION READ ONLY")
            cursor.execute(sql_text.compiled(text, "named"), values)
            if not read:
                return _changed(connection, cursor, limit)
            rows = cursor.fetchmany(limit + 1)
            columns = [column[0].lower() for column in cursor.description or ()]
            connection.rollback()
            return Answer.of(columns, rows, limit)
    except oracledb.Error as error:
        code = _oracle_code(error)
        late = code in ("DPY-4024", "DPI-1067", "ORA-01013")
        raise ConnectorError("timeout" if late else "failed", code) from error
    finally:
        with contextlib.suppress(oracledb.Error):
            connection.close()


def _oracle_code(error):
    found = error.args[0] if error.args else None
    return getattr(found, "full_code", "") or ""

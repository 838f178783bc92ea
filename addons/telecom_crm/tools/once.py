"""Making what is there once, though two requests make it at the same moment."""

import logging
import threading
from contextlib import contextmanager

from psycopg2.errors import UniqueViolation

from odoo.exceptions import ConcurrencyError


class _Expected(logging.Filter):
    """Drops what is logged of refusals this thread is prepared for.

    Odoo's ``mute_logger`` changes the logger for all threads: two that come and go at
    the same time, as those of the gateway do, may leave it mute for good.
    """

    def __init__(self, constraints):
        super().__init__()
        self._constraints = constraints
        self._thread = threading.get_ident()

    def covers(self, error):
        """Tell whether an error is one of those refusals."""
        return (
            isinstance(error, UniqueViolation)
            and error.diag.constraint_name in self._constraints
        )

    def filter(self, record):
        arguments = record.args if isinstance(record.args, tuple) else ()
        return self._thread != threading.get_ident() or not any(
            self.covers(value) for value in arguments[-1:]
        )


@contextmanager
def once(model, *names):
    """Create what a search has just not found, as another request may do meanwhile.

    The other one's row is not in this transaction's snapshot: only the database knows
    of it, and refuses ours. Whoever clicked twice must not be told so; the request has
    to start again, and finds the row.

    Only where the search before sees every row the constraint counts: archived ones
    and those of colleagues too. A duplicate that stays invisible, or one that somebody
    typed, would be tried again for half a minute.

    :param models.Model model: of which is created
    :param str names: the attributes of the unique constraints or indexes that two
        requests may both meet
    :raises ConcurrencyError: somebody else was quicker; Odoo tries again
    """
    expected = _Expected({getattr(model, name).full_name(model) for name in names})
    logger = logging.getLogger("odoo.sql_db")
    logger.addFilter(expected)
    try:
        with model.env.cr.savepoint():
            yield
    except UniqueViolation as error:
        if not expected.covers(error):
            raise
        raise ConcurrencyError(str(error)) from error
    finally:
        logger.removeFilter(expected)

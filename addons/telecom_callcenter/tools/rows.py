"""Many rows as one argument of a statement."""

from odoo.tools import SQL


def unnest(alias, columns, vals_list):
    """Rows for ``FROM``, one array for each column.

    :param str alias: the name of the rows
    :param dict columns: PostgreSQL's types by name
    :param list vals_list: dicts; what is missing or False is NULL, except for
        booleans, and JSON comes as text
    """
    arrays = SQL(", ").join(
        SQL(
            "%s::%s[]",
            [
                value if kind == "bool" or (value is not False) else None
                for value in (vals.get(name) for vals in vals_list)
            ],
            SQL(kind),
        )
        for name, kind in columns.items()
    )
    names = SQL(", ").join(map(SQL.identifier, columns))
    return SQL("unnest(%s) AS %s(%s)", arrays, SQL.identifier(alias), names)

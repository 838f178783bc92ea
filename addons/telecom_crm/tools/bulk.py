"""Writing many new records of one model at once, as the ORM would have written them."""

import io
import itertools

from odoo.tools import SQL

ESCAPES = str.maketrans(
    {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "?"}
)


#: What every record has, whatever its model
LOGGED = ("id", "create_uid", "create_date", "write_uid", "write_date")


class Undone(Exception):
    """Takes back what was made only to look at it."""


class BulkWriter:
    """Creates records by COPY.

    The caller gives the columns that differ from record to record, computed ones that
    it knows how to compute among them. Everything else is as in a *sample* that the
    ORM creates and takes back: defaults and constants, those of other apps too. Stored
    fields of which neither is true, because an app computes them from a given column,
    are left to the ORM, which computes them for the records that differ from the sample
    in such a column; its constraints are checked likewise.

    What ``create`` does beyond the record itself is the caller's: it has to know the
    model.
    """

    def __init__(self, model, columns, sample, checked=()):
        """
        :param models.Model model: in the environment that creates
        :param list columns: the fields that are given
        :param dict sample: values of a record such as those
        :param checked: fields whose constraints the caller has checked
        """
        self.model = model
        self.columns = list(columns)
        self.checked = set(checked)
        self.sample, self.rest = self._look_at(sample)
        self.computed = self._left_to_compute()

    def _look_at(self, values):
        """Return how PostgreSQL shows the columns of a sample: given ones, others."""
        cr, model = self.model.env.cr, self.model
        row = {}
        try:
            with cr.savepoint():
                record = model.create(dict(values))
                model.env.flush_all()
                names = [
                    name
                    for name, field in model._fields.items()
                    if field.store and field.column_type
                ]
                cr.execute(
                    SQL(
                        "SELECT %s FROM %s WHERE id = %s",
                        SQL(", ").join(
                            SQL("%s::text", SQL.identifier(name)) for name in names
                        ),
                        SQL.identifier(model._table),
                        record.id,
                    )
                )
                row = dict(zip(names, cr.fetchone(), strict=True))
                raise Undone
        except Undone:
            model.env.invalidate_all(flush=False)
        given = {name: row[name] for name in self.columns}
        rest = {
            name: text
            for name, text in row.items()
            if text is not None and name not in given and name not in LOGGED
        }
        return given, rest

    def _left_to_compute(self):
        """Return {field: the given columns it follows from}, in order."""
        depends = self.model.env.registry.field_depends
        follows = {name: {name} for name in self.columns}
        left = {}
        fields = [
            field
            for name, field in self.model._fields.items()
            if field.store and field.compute and name not in follows
        ]
        while True:
            before = sum(map(len, follows.values()))
            for field in fields:
                sources = set().union(
                    *(
                        follows.get(dotted.partition(".")[0], ())
                        for dotted in depends[field]
                    )
                )
                if sources:
                    follows[field.name] = follows.get(field.name, set()) | sources
                    left[field] = follows[field.name]
            if sum(map(len, follows.values())) == before:
                return left

    @staticmethod
    def _escape(text):
        return text.translate(ESCAPES)

    def _text(self, name, value):
        """Return a value as COPY reads it."""
        if isinstance(value, str):
            return self._escape(value)
        if value is None:
            return "\\N"
        if self.model._fields[name].type == "boolean":
            return "true" if value else "false"
        if value is False:
            return "\\N"
        return str(value)

    def insert(self, rows, ids=None):
        """Write new records.

        :param list rows: dicts with a value for each of the columns; what is missing
            is as in the sample
        :param list ids: of :meth:`reserve`, when rows name their own id
        :return: the records, in the order of the rows
        """
        if not rows:
            return self.model.browse()
        env, model = self.model.env, self.model
        ids = ids or self.reserve(len(rows))
        now = env.cr.now()
        stamp = f"{env.uid}\t{now}\t{env.uid}\t{now}"
        constant = "".join(f"\t{self._escape(text)}" for text in self.rest.values())
        columns = self.columns
        sample = {name: self._text(name, text) for name, text in self.sample.items()}
        differs = {name: [] for name in columns}
        out = io.StringIO()
        for record_id, row in zip(ids, rows, strict=True):
            texts = []
            for name in columns:
                text = self._text(name, row[name]) if name in row else sample[name]
                texts.append(text)
                if text != sample[name]:
                    differs[name].append(record_id)
            out.write(f"{record_id}\t{stamp}\t" + "\t".join(texts) + constant + "\n")
        out.seek(0)
        quoted = ", ".join(f'"{name}"' for name in (*LOGGED, *columns, *self.rest))
        env.cr.copy_expert(f'COPY "{model._table}" ({quoted}) FROM STDIN', out)
        self._follow_up(differs)
        return model.browse(ids)

    def insert_from(self, query):
        """Write what a query says as new records; nothing of it passes through Python.

        :param SQL query: has each of the columns; NULL stands for what the sample has.
            Its rows are written in its order
        :return: the records
        """
        env, model = self.model.env, self.model
        given = {
            name: SQL("q.%s", SQL.identifier(name))
            if self.sample[name] is None
            else SQL("COALESCE(q.%s, %s)", SQL.identifier(name), self.sample[name])
            for name in self.columns
        }
        env.cr.execute(
            SQL(
                """INSERT INTO %(table)s (%(names)s)
                SELECT nextval(%(ids)s), %(user)s, %(now)s, %(user)s, %(now)s,
                       %(values)s
                  FROM (%(query)s) q RETURNING id""",
                table=SQL.identifier(model._table),
                names=SQL(", ").join(
                    map(SQL.identifier, (*LOGGED, *given, *self.rest))
                ),
                ids=f"{model._table}_id_seq",
                user=env.uid,
                now=env.cr.now(),
                values=SQL(", ").join(
                    [*given.values(), *(SQL("%s", text) for text in self.rest.values())]
                ),
                query=query,
            )
        )
        ids = [row[0] for row in env.cr.fetchall()]
        # Which of them differ from the sample, and in what, is not known here
        self._follow_up({name: ids for name in self.columns})
        return model.browse(ids)

    def reserve(self, count):
        """Return ids for new records."""
        self.model.env.cr.execute(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"{self.model._table}_id_seq",
                count,
            )
        )
        return [row[0] for row in self.model.env.cr.fetchall()]

    def _follow_up(self, differs):
        """Have computed what others compute, and checked what others check."""
        model, env = self.model, self.model.env
        for field, sources in self.computed.items():
            ids = sorted(set(itertools.chain(*(differs[name] for name in sources))))
            env.add_to_compute(field, model.browse(ids))
        if self.computed:
            env.flush_all()
        for name, ids in differs.items():
            if ids and name not in self.checked:
                model.browse(ids)._validate_fields([name], self.checked)

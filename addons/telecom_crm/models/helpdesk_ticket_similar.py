from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL, sql

from ..tools import similar

#: PostgreSQL's text search configurations we use, by language
CONFIGURATIONS = {
    "fr": "french",
    "en": "english",
    "ar": "arabic",
    "pt": "portuguese",
    "es": "spanish",
}
TEXT_LANGUAGES = [
    ("french", "French"),
    ("english", "English"),
    ("arabic", "Arabic"),
    ("portuguese", "Portuguese"),
    ("spanish", "Spanish"),
    ("simple", "Other"),
]
# A generated column takes immutable functions only, which unaccent() is not by itself
ACCENTS = ("àáâãäåçèéêëìíîïñòóôõöùúûüýÿ", "aaaaaaceeeeiiiinooooouuuuyy")
#: Shorter texts say nothing
SHORTEST = 3
#: How much of a subject is looked at, in characters
LONGEST = 200
#: How many claims of one question are compared
CANDIDATES = 300
RESULTS = 5
#: How often a solution worked is said of so many claims, the latest
LATEST = 200
#: Newer claims first: how many quarters back
RECENT_QUARTERS = 4


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    telecom_text_language = fields.Selection(
        related="company_id.telecom_text_language",
        store=True,
        precompute=True,
        string="Language of the Text",
    )

    def init(self):
        """Keep what is searched in a column that PostgreSQL itself computes."""
        result = super().init()
        if not sql.column_exists(self.env.cr, self._table, "telecom_search"):
            self._telecom_create_search()
        return result

    def _telecom_create_search(self):
        texts = SQL(
            "CASE telecom_text_language %s ELSE %s END",
            SQL(" ").join(
                SQL("WHEN %s THEN %s", self._literal(name), self._telecom_vector(name))
                for name, _label in TEXT_LANGUAGES
                if name != "simple"
            ),
            self._telecom_vector("simple"),
        )
        # Operator and quarter are words of the claim too: one index answers all
        marks = SQL(
            """array_to_tsvector(ARRAY[
                'company' || company_id::text,
                'quarter' || COALESCE(floor(
                    extract(year FROM create_date) * 4
                    + extract(quarter FROM create_date)
                )::int::text, '')
            ])"""
        )
        self.env.cr.execute(
            SQL(
                """ALTER TABLE helpdesk_ticket ADD COLUMN telecom_search tsvector
                GENERATED ALWAYS AS (%s || %s) STORED""",
                texts,
                marks,
            )
        )
        self.env.cr.execute(
            SQL(
                """CREATE INDEX helpdesk_ticket_telecom_search_idx ON helpdesk_ticket
                USING gin (telecom_search) WITH (fastupdate = off)
                WHERE telecom_state = 'treated' AND telecom_solution_id IS NOT NULL"""
            )
        )

    @staticmethod
    def _literal(text):
        """Return a text of ours as an SQL literal: DDL takes no parameters."""
        return SQL("'" + text.replace("'", "''") + "'")

    def _telecom_vector(self, configuration):
        """Return the words of a claim, as written and without accents.

        Endings are cut differently with and without accents, and people type both.
        """
        name = self._literal(configuration)
        plain = SQL(
            "translate(lower(name), %s, %s)", *(self._literal(one) for one in ACCENTS)
        )
        return SQL(
            "to_tsvector(%s, COALESCE(lower(name), '') || ' ' || COALESCE(%s, ''))",
            name,
            plain,
        )

    @api.model
    def telecom_similar(self, text, company_id=False, limit=RESULTS):
        """Return the solutions of claims like this, the most promising first.

        Also meant for the agent desk and for ``/json/2``.

        :param str text: the subject, as far as it is typed
        :param int company_id: the operator, the active one by default
        :param int limit: how many, 20 at most
        :return: ``[{claim_id, number, name, branch, category, solution_id, solution,
            description, used, worked}]``; ``used`` and ``worked`` count claims,
            ``category`` is ``{id, display_name}`` or False
        :raise AccessError: to others than the people who treat this operator's claims
        """
        company = self.env["res.company"].browse(company_id) or self.env.company
        if company not in self.env.companies or not self.env.user.has_group(
            "telecom_crm.group_telecom_clerk"
        ):
            raise AccessError(
                self.env._("Only those who treat the operator's claims search them.")
            )
        self.browse().check_access("read")
        company._telecom_check("claims", "read")
        return self._telecom_similar(text, company, limit)

    @api.model
    def _telecom_similar_for_customers(self, text, company, limit=RESULTS):
        """Return answers for customers: those of solutions marked for them.

        :return: ``[{name, text}]``
        """
        # sudo: telecom.solution - of the company asked for, and marked for customers
        shown = (
            self.env["telecom.solution"]
            .sudo()
            .search([("company_id", "=", company.id), ("show_in_portal", "=", True)])
        )
        if not shown:
            return []
        return [
            {"name": one["solution"], "text": one["description"]}
            for one in self._telecom_similar(text, company, limit, shown)
            if one["description"]
        ]

    @api.model
    def _telecom_similar(self, text, company, limit, only=None):
        """Return what `telecom_similar` says, without asking who asks.

        :param only: the solutions that count, all by default
        """
        text = " ".join((text or "").split())[:LONGEST]
        if len(text) < SHORTEST:
            return []
        rows = self._telecom_candidates(text, company)
        if only is not None:
            rows = [row for row in rows if row["solution_id"] in set(only.ids)]
        # sudo: telecom.solution - the claims of this company, checked above
        Solution = self.env["telecom.solution"].sudo()
        limit = max(1, min(limit, 20))
        # Counted for the closest only: some solutions have thousands of claims
        closest = {row["solution_id"] for row in similar.choose(rows, {}, 2 * limit)}
        counts = Solution.browse(closest)._telecom_counts(latest=LATEST)
        rows = [row for row in rows if row["solution_id"] in closest]
        chosen = similar.choose(rows, counts, limit)
        # sudo: helpdesk.ticket - the claims of this company, checked above
        claims = self.sudo().browse(row["id"] for row in chosen)
        kinds = {
            claim.id: (claim.telecom_branch, claim.category_id.filtered("active"))
            for claim in claims
        }
        result = []
        for row in chosen:
            solution = Solution.browse(row["solution_id"])
            if not solution.active:
                continue
            branch, category = kinds[row["id"]]
            result.append(
                {
                    "claim_id": row["id"],
                    "number": row["number"],
                    "name": row["name"],
                    "branch": branch,
                    "category": bool(category)
                    and {"id": category.id, "display_name": category.display_name},
                    "solution_id": solution.id,
                    "solution": solution.name,
                    "description": solution.description or "",
                    "used": row["used"],
                    "worked": row["worked"],
                }
            )
        return result

    @api.model
    def _telecom_candidates(self, text, company):
        """Return solved claims with words of a text, at most a few hundred.

        :return: dicts with id, number, name, solution_id, rank, similarity
        """
        self.flush_model(
            ["name", "company_id", "telecom_text_language", "telecom_state",
             "telecom_solution_id", "active"]
        )  # fmt: skip
        terms = self._telecom_terms(text, company.telecom_text_language or "simple")
        if not terms:
            return []
        anything = " | ".join(query for query, _often in terms)
        found = {}
        for query in similar.tiers(terms):
            for recent in (True, False):
                for row in self._telecom_ask(query, anything, text, company, recent):
                    found.setdefault(row["id"], row)
                if len(found) >= similar.ENOUGH:
                    return list(found.values())
        return list(found.values())

    @api.model
    def _telecom_ask(self, query, anything, text, company, recent):
        marks = f"{similar.quote(f'company{company.id}')}"
        if recent:
            today = fields.Date.today()
            quarter = today.year * 4 + (today.month + 2) // 3
            quarters = [
                similar.quote(f"quarter{quarter - back}")
                for back in range(RECENT_QUARTERS)
            ]
            marks += f" & ({' | '.join(quarters)})"
        similarity = (
            SQL("similarity(lower(name), lower(%s))", text)
            if self.env.registry.has_trigram
            else SQL("0")
        )
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT id, number, name, telecom_solution_id AS solution_id,
                       ts_rank(telecom_search, %(anything)s::tsquery) AS rank,
                       %(similarity)s AS similarity
                  FROM (SELECT id, number, name, telecom_solution_id, telecom_search
                          FROM helpdesk_ticket
                         WHERE telecom_state = 'treated'
                           AND telecom_solution_id IS NOT NULL
                           AND telecom_search @@ %(query)s::tsquery
                           AND active
                         LIMIT %(limit)s) candidate
                """,
                anything=anything,
                similarity=similarity,
                query=f"({query}) & {marks}",
                limit=CANDIDATES,
            )
        )

    @api.model
    def _telecom_terms(self, text, configuration):
        """Return the words of a text to ask for, with how common they are.

        A word that the statistics of PostgreSQL do not know may be mistyped: common
        words that look like it are asked for too.

        :return: list of pairs (query of one word, frequency 0…1)
        """
        looks_like = (
            SQL("similarity(common.word, form.lexeme) > 0.45")
            if self.env.registry.has_trigram
            else SQL("FALSE")
        )
        rows = self.env.execute_query(
            SQL(
                """
                WITH common AS MATERIALIZED (
                    SELECT unnest(most_common_elems::text::text[]) AS word,
                           unnest(most_common_elem_freqs[
                               1:cardinality(most_common_elems::text::text[])
                           ]) AS often
                      FROM pg_stats
                     WHERE schemaname = current_schema
                       AND tablename = 'helpdesk_ticket'
                       AND attname = 'telecom_search'
                ), typed AS (
                    SELECT word, number
                      FROM regexp_split_to_table(lower(%(text)s), '[^[:alnum:]]+')
                           WITH ORDINALITY AS part(word, number)
                     WHERE length(word) > 1
                ), form AS (
                    SELECT typed.number, typed.word, entry.lexeme
                      FROM typed,
                           unnest(to_tsvector(
                               %(configuration)s::regconfig,
                               typed.word || ' ' ||
                               translate(typed.word, %(accents)s, %(plain)s)
                           )) AS entry
                )
                SELECT form.number, form.word, form.lexeme, common.often,
                       CASE WHEN common.often IS NULL THEN ARRAY(
                           SELECT common.word FROM common WHERE %(looks_like)s
                           ORDER BY similarity(common.word, form.lexeme) DESC LIMIT 3
                       ) END AS alike
                  FROM form LEFT JOIN common ON common.word = form.lexeme
              ORDER BY form.number
                """,
                text=text,
                configuration=configuration,
                accents=ACCENTS[0],
                plain=ACCENTS[1],
                looks_like=looks_like,
            )
        )
        words = {}
        for number, word, lexeme, often, alike in rows:
            forms, seen = words.setdefault((number, word), ([], []))
            forms.append(lexeme)
            seen.append(often or similar.RARE)
            forms += alike or []
        last = max(words, default=None)
        return [
            (
                # The last word may not be finished
                similar.term(forms, prefix=key[1] if key == last else None),
                max(seen),
            )
            for key, (forms, seen) in words.items()
        ]

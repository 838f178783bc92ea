from odoo.exceptions import AccessError
from odoo.tests import BaseCase, tagged

from odoo.addons.telecom_crm.tools import similar

from .common import OperatorCase


@tagged("post_install", "-at_install", "telecom")
class TestRanking(BaseCase):
    def test_rare_words_are_asked_for_longest(self):
        asked = similar.tiers([("often", 0.9), ("rare", 0.01), ("middle", 0.2)])
        self.assertEqual(asked[0], "rare & middle & often")
        self.assertEqual(asked[1], "rare & middle")
        self.assertEqual(asked[-1], "rare | middle")
        self.assertEqual(similar.tiers([("one", 0.5)]), ["one"])
        self.assertEqual(similar.tiers([]), [])
        self.assertLessEqual(
            len(similar.tiers([(str(n), n / 40) for n in range(40)])),
            similar.MOST_TIERS,
        )

    def test_words_cannot_break_the_query(self):
        self.assertEqual(similar.quote("l'eau"), "'l''eau'")
        self.assertEqual(similar.quote("a\\b"), "'a\\\\b'")
        self.assertEqual(similar.term(["a", "a", "b"], "ab"), "('a' | 'b' | 'ab':*)")

    def test_what_works_comes_before_what_fails(self):
        rows = [
            {"id": 1, "solution_id": 1, "rank": 0.5, "similarity": 0.5},
            {"id": 2, "solution_id": 2, "rank": 0.5, "similarity": 0.5},
            {"id": 3, "solution_id": 3, "rank": 0.1, "similarity": 0.1},
        ]
        counts = {1: (10, 1), 2: (10, 9), 3: (10, 10)}
        chosen = similar.choose(rows, counts, 3)
        self.assertEqual([row["solution_id"] for row in chosen], [2, 1, 3])
        self.assertEqual(chosen[0]["worked"], 9)
        self.assertEqual(len(similar.choose(rows, counts, 1)), 1)

    def test_each_solution_appears_once_with_its_closest_claim(self):
        rows = [
            {"id": 1, "solution_id": 1, "rank": 0.2, "similarity": 0.2},
            {"id": 2, "solution_id": 1, "rank": 0.9, "similarity": 0.9},
        ]
        chosen = similar.choose(rows, {}, 5)
        self.assertEqual([row["id"] for row in chosen], [2])


@tagged("post_install", "-at_install", "telecom")
class TestSimilarClaims(OperatorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer(cls.benin, "Afi", "Dossou")
        cls.other = cls._customer(cls.tunisia, "Rim", "Ayari")
        cls.solutions = {}
        for key, company in (("box", cls.benin), ("bill", cls.benin)):
            cls.solutions[key] = cls.env["telecom.solution"].create(
                {
                    "name": f"Solution {key}",
                    "description": "Redémarrer",
                    "company_id": company.id,
                }
            )
        for name, key in (
            ("Connexion fixe coupée depuis ce matin", "box"),
            ("Connexion coupée, voyant rouge", "box"),
            ("Facture contestée", "bill"),
        ):
            cls._solved(name, key)

    @classmethod
    def _solved(cls, name, key):
        claim = cls._claim(cls.customer, name=name)
        claim.write(
            {"telecom_solution_id": cls.solutions[key].id, "telecom_state": "treated"}
        )
        return claim

    def _similar(self, text, user=None, company=None):
        return (
            self.env["helpdesk.ticket"]
            .with_user(user or self.clerk_benin)
            .telecom_similar(text, company_id=company and company.id)
        )

    def test_the_language_is_the_countrys(self):
        self.assertEqual(self.benin.telecom_text_language, "french")
        self.assertEqual(self.tunisia.telecom_text_language, "french")

    def test_claims_are_found_whatever_endings_and_accents(self):
        for text in (
            "connexions coupées",
            "connexion coupee",
            "CONNEXION",
            "connex",  # not finished
            "la connexion de mon client est coupée",
        ):
            with self.subTest(text):
                found = self._similar(text)
                self.assertTrue(found)
                self.assertEqual(found[0]["solution_id"], self.solutions["box"].id)
                self.assertEqual((found[0]["used"], found[0]["worked"]), (2, 2))

    def test_a_mistyped_word_is_found_by_what_looks_like_it(self):
        for _number in range(20):
            self._solved("Recharge non créditée", "bill")
        self.env.flush_all()
        self.env.cr.execute("ANALYZE helpdesk_ticket")
        found = self._similar("rechrage creditée")
        self.assertEqual(found[0]["solution_id"], self.solutions["bill"].id)

    def test_nothing_is_found_for_nothing(self):
        for text in ("", "ab", "' | !!", "zzzzqqq"):
            self.assertEqual(self._similar(text), [])

    def test_a_solution_that_did_not_last_counts_less(self):
        claim = self._solved("Connexion très lente", "box")
        claim.telecom_state = "reopened"
        solution = self.solutions["box"]
        self.assertEqual((solution.used_count, solution.worked_count), (3, 2))
        claim.telecom_state = "treated"
        solution.invalidate_recordset()
        self.assertEqual((solution.used_count, solution.worked_count), (3, 2))

    def test_each_operator_finds_its_own(self):
        self.assertEqual(self._similar("connexion coupée", self.clerk_tunisia), [])
        self.assertTrue(self._similar("connexion coupée", self.agent, self.benin))
        with self.assertRaises(AccessError):
            self._similar("connexion coupée", self.clerk_tunisia, self.benin)

    def test_only_those_who_treat_claims_search_them(self):
        for user in (self.seller_benin, self.stranger):
            with self.assertRaises(AccessError):
                self._similar("connexion", user)

    def test_open_claims_and_claims_without_solution_are_not_shown(self):
        self._claim(self.customer, name="Portabilité refusée")
        closed = self._claim(self.customer, name="Portabilité perdue")
        closed.telecom_state = "treated"
        self.assertEqual(self._similar("portabilité"), [])

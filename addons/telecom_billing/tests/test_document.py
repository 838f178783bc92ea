import io
import time

from pypdf import PdfReader

from odoo.tests import BaseCase, tagged

from odoo.addons.telecom_crm.tools import document as pdf

COLUMNS = (
    pdf.Column("Désignation", 6),
    pdf.Column("Qté", 1, "right"),
    pdf.Column("Montant", 2, "right"),
)


def make(rows=3, brand=None, **values):
    lines = tuple(
        pdf.Row(
            (f"Forfait {number}", "2", "24\u202f900\xa0F\u202fCFA"), detail="24 mois"
        )
        for number in range(rows)
    )
    return pdf.Document(
        **{
            "title": "Devis S00012/2",
            "brand": brand or pdf.Brand("Mono Télécom", tax_numbers=("IFU : 3201",)),
            "recipient": pdf.Party("Ɖɔtɔnù & Fils", "Client", ("Cotonou",)),
            "facts": (("Date", "21 novembre 2026"),),
            "tables": (pdf.Table(COLUMNS, lines),),
            "totals": (pdf.Total("Total TTC", "618\u202f202\xa0F\u202fCFA", True),),
            "labels": pdf.Labels("Page %(page)s sur %(pages)s"),
            **values,
        }
    )


def read(document):
    """Return the texts of the pages of a document, spaces made plain."""
    reader = PdfReader(io.BytesIO(pdf.render_pdf(document)))
    return [
        page.extract_text().replace("\u202f", " ").replace("\xa0", " ")
        for page in reader.pages
    ]


@tagged("post_install", "-at_install", "telecom")
class TestDocument(BaseCase):
    def test_what_is_in_it_can_be_read(self):
        (page,) = read(make())
        for text in (
            "Devis S00012/2",
            "Ɖɔtɔnù & Fils",
            "Mono Télécom",
            "24 900 F",
            "618 202 F CFA",
            "IFU : 3201",
            "Page 1 sur 1",
            "24 mois",
        ):
            self.assertIn(text, page)

    def test_the_head_stands_on_each_page_of_a_long_table(self):
        pages = read(make(80))
        self.assertGreater(len(pages), 2)
        for number, page in enumerate(pages, 1):
            if "Forfait" in page:
                self.assertIn("Désignation", page)
            self.assertIn("Devis S00012/2", page)
            self.assertIn(f"Page {number} sur {len(pages)}", page)
        whole = "\n".join(pages)
        for number in range(80):
            self.assertIn(f"Forfait {number}\n", whole)
        self.assertIn("Total TTC", pages[-1])

    def test_equal_documents_are_equal_files(self):
        self.assertEqual(pdf.render_pdf(make()), pdf.render_pdf(make()))
        self.assertNotEqual(pdf.render_pdf(make()), pdf.render_pdf(make(4)))

    def test_text_is_text(self):
        hostile = (
            "<b>&amp; <img src='file:///etc/passwd'/></para> %(page)s \u202etxt\x00"
        )
        document = make(notes=(pdf.Note(hostile, hostile),), intro=hostile)
        (page,) = read(document)
        self.assertIn("<b>&amp; <img src='file:///etc/passwd'/></para>", page)
        self.assertNotIn("\u202e", page)

    def test_what_fonts_cannot_show_does_not_vanish(self):
        self.assertEqual(pdf.clean("Wang 王 الهاتف"), "Wang ? ??????")
        self.assertEqual(pdf.clean("a\u200bb\u202ec\x07d"), "abcd")
        self.assertEqual(pdf.clean("a\r\nb\tc"), "a\nb c")

    def test_words_too_long_for_a_column_are_broken(self):
        lines = pdf.wrap("m" * 500, pdf.REGULAR, 9, 100)
        self.assertEqual("".join(lines), "m" * 500)
        self.assertGreater(len(lines), 10)
        for text, expected in (
            ("", [""]),
            ("a\n\nb", ["a", "", "b"]),
            ("un deux", ["un deux"]),
            ("1\xa0000 F", ["1\xa0000 F"]),
        ):
            with self.subTest(text):
                self.assertEqual(pdf.wrap(text, pdf.REGULAR, 9, 100), expected)

    def test_a_million_letters_take_neither_long_nor_many_pages(self):
        row = pdf.Row(("y" * 1_000_000, "1", "1"))
        started = time.monotonic()
        pages = read(make(tables=(pdf.Table(COLUMNS, (row,)),)))
        self.assertLess(time.monotonic() - started, 5)
        self.assertLess(len(pages), 4)

    def test_a_row_higher_than_a_page_goes_on_over_the_next(self):
        row = pdf.Row(("\n".join(f"ligne {n}." for n in range(150)), "1", "1"))
        pages = read(make(tables=(pdf.Table(COLUMNS, (row,)),)))
        whole = "\n".join(pages)
        for number in (0, 74, 149):
            self.assertIn(f"ligne {number}.", whole)

    def test_a_missing_or_broken_logo_gives_the_name(self):
        for logo in (b"", b"no picture", b"<svg/>", b"\x89PNG\r\n\x1a\n" + b"0" * 50):
            with self.subTest(logo):
                (page,) = read(make(brand=pdf.Brand("Sans Logo", logo)))
                self.assertIn("Sans Logo", page)

    def test_colours_that_are_none_do_not_stop_it(self):
        for primary in ("", "red", "#12345", "#ffffff", "#ffee00", "javascript:1"):
            with self.subTest(primary):
                self.assertEqual(
                    len(read(make(brand=pdf.Brand("Mono", primary=primary)))), 1
                )

    def test_rows_with_too_few_cells_and_no_columns(self):
        table = pdf.Table(COLUMNS, (pdf.Row(("seul",)), pdf.Row((), "section")))
        self.assertEqual(len(read(make(tables=(table, pdf.Table((), ()))))), 1)

    def test_nobody_signs_a_page_that_says_nothing(self):
        """Whatever comes last has some of itself on the page of the signature."""
        sign = "Bon pour accord"
        long = pdf.Note(" ".join(f"mot{n}" for n in range(300)), "Conditions")
        for name, values in (
            ("totals", {}),
            ("short", {"notes": (pdf.Note("fin du texte", "Conditions"),)}),
            ("long", {"notes": (long,)}),
            ("two", {"notes": (long, pdf.Note("fin du texte"))}),
            ("code", {"notes": (long,), "code": "F;N", "code_caption": ("Légende",)}),
        ):
            last = {"totals": "618 202", "long": "mot299", "code": "Légende"}
            seen = set()
            for rows in range(1, 40):
                pages = read(
                    make(rows=rows, signature=pdf.Signature(sign, "Afi"), **values)
                )
                with self.subTest(name, rows=rows):
                    [page] = [page for page in pages if sign in page]
                    self.assertIn(last.get(name, "fin du texte"), page)
                seen.add(len(pages))
            self.assertGreater(len(seen), 1, "no page was full")

    def test_everything_else_that_it_draws(self):
        document = make(
            parties=(pdf.Party("Payeur SA", "Payé par", ("BP 1",)),),
            signature=pdf.Signature("Bon pour accord", "Afi Dossou", "le 21/11/2026"),
            code="F;NIM;CODE;IFU;20261121",
            code_caption=("Code MECeF", "ABCD"),
            stamp="Brouillon",
            language="fr",
        )
        (page,) = read(document)
        for text in ("Payeur SA", "Afi Dossou", "Code MECeF", "Brouillon"):
            self.assertIn(text, page)

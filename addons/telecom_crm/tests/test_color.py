from odoo.tests import BaseCase, tagged

from odoo.addons.telecom_crm.tools import color

# Brands of every kind: dark, light, saturated, grey, and those in between, where
# neither black nor white text is read easily
BRANDS = (
    "#000000",
    "#ffffff",
    "#ffcc00",
    "#ff7900",
    "#ffff00",
    "#00ff00",
    "#00ffff",
    "#e2001a",
    "#00843d",
    "#0066b3",
    "#808080",
    "#777777",
    "#757575",
    "#7f7f00",
    "#b55a00",
    "#ff00ff",
    "#ee82ee",
    "#1a1a1a",
    "#fefefe",
)


@tagged("post_install", "-at_install", "telecom")
class TestColor(BaseCase):
    def test_contrast_as_the_guidelines_say(self):
        for one, two, expected in (
            ("#000000", "#ffffff", 21.0),
            ("#ffffff", "#ffffff", 1.0),
            ("#777777", "#ffffff", 4.48),
            ("#767676", "#ffffff", 4.54),
            ("#0000ff", "#ffffff", 8.59),
            ("#ff0000", "#ffffff", 4.0),
        ):
            with self.subTest(one=one, two=two):
                self.assertAlmostEqual(color.contrast(one, two), expected, 2)
                self.assertEqual(color.contrast(one, two), color.contrast(two, one))

    def test_text_on_any_colour_is_readable(self):
        steps = range(0, 256, 17)
        for red in steps:
            for green in steps:
                for blue in steps:
                    ground = f"#{red:02x}{green:02x}{blue:02x}"
                    text = color.text_on(ground)
                    self.assertGreaterEqual(
                        color.contrast(text, ground), color.READABLE, ground
                    )

    def test_every_pair_of_a_palette_is_readable(self):
        for brand in BRANDS:
            palette = color.palette(brand)
            for text, ground in (
                ("brand_text", "brand"),
                ("hover_text", "hover"),
                ("tint_text", "tint"),
                ("accent_text", "accent"),
            ):
                with self.subTest(brand=brand, text=text):
                    self.assertGreaterEqual(
                        color.contrast(palette[text], palette[ground]), color.READABLE
                    )
            with self.subTest(brand=brand, text="link"):
                self.assertGreaterEqual(
                    color.contrast(palette["link"], "#ffffff"), color.READABLE
                )

            with self.subTest(brand=brand, text="edge"):
                self.assertGreaterEqual(
                    color.contrast(palette["edge"], "#ffffff"), color.VISIBLE
                )

    def test_a_white_brand_has_buttons_that_are_seen(self):
        self.assertNotEqual(color.palette("#ffffff")["edge"], "#ffffff")
        self.assertEqual(color.palette("#00843d")["edge"], "#00843d")

    def test_a_readable_brand_is_left_as_it_is(self):
        self.assertEqual(color.readable("#00843d"), "#00843d")
        self.assertNotEqual(color.readable("#ffcc00"), "#ffcc00")

    def test_what_is_a_colour(self):
        for text, expected in (
            ("#00843d", True),
            ("#00843D", True),
            ("#fff", False),
            ("red", False),
            ("#00843d;}", False),
            ("#00843d\n", False),
            ("", False),
            (None, False),
        ):
            with self.subTest(text):
                self.assertIs(color.is_color(text), expected)

"""Files of customers; no database, no Odoo.

What the columns mean is proposed from the headings (:func:`propose`);
:class:`Parser` makes of each record what a customer, a line, a document and consents
are written from, or says what is wrong with it. :class:`Known` says who of a file is
known already.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from . import phone, search, table, tax_number

# Headings, as ``table.fold`` writes them
WORDS = {
    "number": "numero client|numero de client|customer number|client|code client|"
    "n client|no client|num client|reference client|customer id|id client|"
    "customer no|matricule|compte client",
    "name": "nom complet|full name|nom et prenom|nom et prenoms|nom prenom|"
    "nom prenoms|raison sociale|company name|societe|denomination|customer name|"
    "nom du client|name|titulaire|abonne|nom ou raison sociale",
    "first_name": "prenom|prenoms|first name|firstname|given name|given names",
    "last_name": "nom|last name|lastname|surname|family name|nom de famille",
    "kind": "type|type de client|customer type|personne|nature|type client|"
    "physique ou morale|categorie juridique",
    "birth_date": "date de naissance|naissance|birth date|birthdate|date of birth|"
    "ne le|nee le|dob|date naissance",
    "phone": "telephone|phone|tel|contact|telephone de contact|phone number|"
    "numero de telephone|contact number|num tel|gsm|portable|mobile",
    "email": "email|e mail|mail|courriel|adresse email|adresse e mail|email address|"
    "adresse electronique|adresse mail",
    "street": "adresse|rue|street|address|adresse postale",
    "street2": "complement|complement d adresse|street2|quartier|address 2|adresse 2",
    "zip": "code postal|zip|postal code|cp|boite postale|zip code",
    "city": "ville|city|town|commune|localite",
    "country": "pays|country",
    "vat": "ifu|nif|matricule fiscal|numero fiscal|tax id|vat|tax number|"
    "identifiant fiscal|numero ifu",
    "segment": "segment|categorie|category|classe",
    "source": "source|origine|canal|provenance|canal d acquisition",
    "lang": "langue|language|lang",
    "billing_account": "compte de facturation|billing account|compte facturation",
    "document_kind": "type de piece|piece|document|document type|nature de la piece|"
    "type piece|type de document|type piece identite|id type",
    "document_number": "numero de piece|numero piece|numero de la piece|"
    "document number|cni|cip|cin|npi|numero cni|numero cin|numero de cin|"
    "numero piece identite|id number|piece d identite|numero du document|passeport",
    "document_issued_on": "delivree le|date de delivrance|issued on|date delivrance|"
    "issue date",
    "document_expires_on": "expire le|date d expiration|expires on|date expiration|"
    "validite|valide jusqu au|expiry date|expiration|expiry",
    "consent_call": "consentement appel|accepte les appels|consent call|optin appel|"
    "opt in appel|call consent",
    "consent_sms": "consentement sms|accepte les sms|consent sms|optin sms|opt in sms|"
    "sms consent",
    "consent_email": "consentement email|consentement e mail|accepte les e mails|"
    "accepte les emails|consent email|optin email|opt in email|email consent|"
    "opt in e mail",
    "do_not_call": "ne pas appeler|do not call|liste rouge|opposition|pacitel|"
    "bloctel|dnc",
    "line": "ligne|msisdn|line|numero de ligne|numero d appel|line number|numero ligne",
    "line_technology": "technologie|technology|type de ligne|line type",
    "line_iccid": "iccid|sim|numero de sim|numero sim|carte sim|sim number",
    "line_imsi": "imsi",
    "line_offer": "offre|offer|forfait|plan|formule",
}
TARGETS = tuple(WORDS)
HEADINGS = {
    word: target for target, words in WORDS.items() for word in words.split("|")
}

YES = frozenset("oui yes y o 1 true vrai x ok".split())
NO = frozenset("non no n 0 false faux -".split())
COMPANY = frozenset(
    "societe entreprise company morale personne morale organisation b2b pro"
    " professionnel legal person".split()
) | {"personne morale", "legal person"}
PERSON = frozenset("particulier person physique individual b2c".split()) | {
    "personne physique",
    "natural person",
}
DOCUMENTS = {
    word: kind
    for kind, words in {
        "identity_card": "carte d identite|cni|cin|cip|identity card|id card|"
        "carte nationale d identite|carte biometrique|carte nationale|"
        "certificat d identification personnelle",
        "passport": "passeport|passport",
        "residence": "carte de sejour|titre de sejour|residence permit|"
        "carte de resident|residence",
        "licence": "permis|permis de conduire|driving licence|driving license|licence",
        "voter": "carte d electeur|voter s card|voter card|electeur|voter",
        "registration": "rccm|registre de commerce|registre du commerce|"
        "company registration|registration|patente",
        "other": "autre|other",
    }.items()
    for word in words.split("|")
}
TECHNOLOGIES = {
    word: technology
    for technology, words in {
        "mobile": "mobile|gsm|2g|3g|4g|5g|cellulaire",
        "fixed": "fixe|fixed|rtc|telephone fixe",
        "adsl": "adsl|vdsl|xdsl",
        "fibre": "fibre|ftth|fiber|fibre optique",
        "key4g": "cle 4g|4g key|cle|key4g|dongle|box 4g",
    }.items()
    for word in words.split("|")
}
EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]{2,}")
ICCID = re.compile(r"89\d{16,20}")
IMSI = re.compile(r"\d{14,15}")
DAYS = (
    re.compile(r"(?P<year>\d{4})[-/. ]?(?P<month>\d{2})[-/. ]?(?P<day>\d{2})"),
    re.compile(r"(?P<day>\d{1,2})[-/. ](?P<month>\d{1,2})[-/. ](?P<year>\d{4})"),
)
FIRST_DAY, LAST_DAY = date(1850, 1, 1), date(2200, 1, 1)
DOCUMENT_LENGTH = 4
NAMES = frozenset(("name", "telecom_first_name", "telecom_last_name"))
#: What stands in a text column; longer, a cell is no name and no address
LONGEST = 250


def propose(headings, remembered=None):
    """Return {position: target} for the columns whose headings are understood.

    :param list headings: the first row
    :param dict remembered: {folded heading: target or ""} of earlier files
    """
    remembered = remembered or {}
    found, taken = {}, set()
    for position, heading in enumerate(headings):
        folded = table.fold(heading)
        target = remembered.get(folded, HEADINGS.get(folded))
        if target and target not in taken:
            taken.add(target)
            found[position] = target
    # “Nom” alone is the whole name
    if "first_name" not in taken and "name" not in taken:
        for position, target in found.items():
            if target == "last_name" and "last_name" not in remembered.values():
                found[position] = "name"
    return found


@dataclass(slots=True)
class Row:
    """What a record of a file says.

    :ivar dict values: of the customer, as the ORM takes them
    :ivar dict document: of the identity document, or empty
    :ivar dict line: of the line, or empty
    :ivar dict consents: {channel: whether he agrees}
    :ivar bool do_not_call: whether he asked not to be called
    """

    place: int
    text: str
    values: dict
    document: dict
    line: dict
    consents: dict
    do_not_call: bool = False
    #: What :class:`Known` compares, beside numbers
    email: str = None
    document_key: str = None
    _words: set = None

    def named(self):
        """Tell whether the row names somebody."""
        return bool(self.values.keys() & NAMES)

    def words(self):
        """Return the words of the name, without accents and capitals."""
        if self._words is None:
            names = (self.values.get(name) or "" for name in NAMES)
            self._words = set(search.normalise(" ".join(names)).split())
        return self._words


def read_day(text):
    """Return a day as people write it, the day before the month; None of nothing.

    :raises table.BadRow: ``day``
    """
    clean = text.strip("' ").partition(" ")[0].partition("T")[0]
    for pattern in DAYS:
        match = pattern.fullmatch(clean) or pattern.fullmatch(text.strip("' "))
        if match:
            try:
                found = date(*(int(match[part]) for part in ("year", "month", "day")))
            except ValueError:
                break
            if FIRST_DAY <= found < LAST_DAY:
                return found
    raise table.BadRow("day", text)


def read_yes(text):
    """Return whether a cell says yes, no, or (None) nothing.

    :raises table.BadRow: ``yes``
    """
    folded = text.strip().lower()
    if folded in YES:
        return True
    if folded in NO:
        return False
    raise table.BadRow("yes", text)


class Parser:
    """Makes a :class:`Row` of a record."""

    def __init__(self, columns, region, today, catalogues):
        """
        :param dict columns: {position: target}
        :param str region: ISO code of the operator's country
        :param date today: nobody is born later
        :param dict catalogues: ``segment``, ``source``, ``lang``, ``country``: each
            {folded name or code: value}; ``country_codes``: {value: ISO code}
        """
        self.columns = sorted(columns.items())
        self.width = max(columns, default=0) + 1
        self.region = region
        self.today = today
        self.catalogues = catalogues
        self.day = lru_cache(50_000)(read_day)
        self.e164 = phone.Reader(region)

    def __call__(self, place, text, cells):
        """Return the row of a record; an empty cell says nothing.

        :param int place: its place in the file
        :param str text: as it stands there
        :param list cells: texts; None: the record was too long
        :raises table.BadRow: what is wrong
        """
        if cells is None:
            raise table.BadRow("long")
        if len(cells) < self.width:
            raise table.BadRow("columns", len(cells))
        given = {}
        for position, target in self.columns:
            cell = " ".join(cells[position].split()).removeprefix("'")
            if cell:
                if len(cell) > LONGEST:
                    raise table.BadRow("cell", cell)
                given[target] = cell.replace("\0", "?")
        row = Row(place, text, {}, {}, {}, {})
        self._identity(row, given)
        self._contact(row, given)
        self._catalogued(row, given)
        self._document(row, given)
        self._line(row, given)
        self._consents(row, given)
        return row

    def _identity(self, row, given):
        values = row.values
        kind = table.fold(given.get("kind"))
        if kind and kind not in COMPANY and kind not in PERSON:
            raise table.BadRow("kind", given["kind"])
        name, first, last = (
            given.get(part) for part in ("name", "first_name", "last_name")
        )
        if kind:
            values["is_company"] = kind in COMPANY
        if kind in COMPANY:
            name = name or " ".join(filter(None, (first, last)))
        elif first or last:
            name = None
            values["telecom_first_name"] = first or False
            values["telecom_last_name"] = last or False
        if name:
            values["name"] = name
        if given.get("birth_date"):
            born = self.day(given["birth_date"])
            if born > self.today:
                raise table.BadRow("born", given["birth_date"])
            values["telecom_birth_date"] = born
        for target, name in (
            ("number", "telecom_customer_number"),
            ("street", "street"),
            ("street2", "street2"),
            ("zip", "zip"),
            ("city", "city"),
            ("billing_account", "telecom_billing_account"),
        ):
            if given.get(target):
                values[name] = given[target]

    def _contact(self, row, given):
        if given.get("phone"):
            row.values["phone"] = self._number(given["phone"])
        if given.get("email"):
            if not EMAIL.fullmatch(given["email"]):
                raise table.BadRow("email", given["email"])
            row.values["email"] = given["email"]
            row.email = given["email"].lower()

    def _number(self, text):
        number = self.e164(text[:60])
        if not number:
            raise table.BadRow("number", text)
        return number

    def _catalogued(self, row, given):
        for target, name in (
            ("segment", "telecom_segment_id"),
            ("source", "telecom_source_id"),
            ("lang", "lang"),
            ("country", "country_id"),
        ):
            if not given.get(target):
                continue
            value = self.catalogues[target].get(table.fold(given[target]))
            if not value:
                raise table.BadRow(target, given[target])
            row.values[name] = value
        if given.get("vat"):
            country = row.values.get("country_id")
            region = self.catalogues["country_codes"].get(country, self.region)
            row.values["vat"] = tax_number.check(given["vat"], region)
            if not row.values["vat"]:
                raise table.BadRow("vat", given["vat"])

    def _document(self, row, given):
        number = given.get("document_number")
        if not number:
            return
        row.document_key = search.compact(number)
        if len(row.document_key) < DOCUMENT_LENGTH:
            raise table.BadRow("document", number)
        document = {"number": number, "kind": "identity_card"}
        if row.values.get("is_company"):
            document["kind"] = "registration"
        if given.get("document_kind"):
            kind = DOCUMENTS.get(table.fold(given["document_kind"]))
            if not kind:
                raise table.BadRow("document_kind", given["document_kind"])
            document["kind"] = kind
        for name in ("issued_on", "expires_on"):
            if given.get(f"document_{name}"):
                document[name] = self.day(given[f"document_{name}"])
        issued, expires = document.get("issued_on"), document.get("expires_on")
        if issued and expires and expires <= issued:
            raise table.BadRow("document_dates", given["document_expires_on"])
        row.document = document

    def _line(self, row, given):
        if not given.get("line"):
            return
        # As typed: an old number is kept as alias
        line = {"msisdn": self._number(given["line"]), "typed": given["line"]}
        if given.get("line_technology"):
            technology = TECHNOLOGIES.get(table.fold(given["line_technology"]))
            if not technology:
                raise table.BadRow("technology", given["line_technology"])
            line["technology"] = technology
        for name, pattern in (("iccid", ICCID), ("imsi", IMSI)):
            text = re.sub(r"[\s-]", "", given.get(f"line_{name}", ""))
            if text:
                if not pattern.fullmatch(text):
                    raise table.BadRow(name, text)
                line[name] = text
        if given.get("line_offer"):
            line["offer"] = given["line_offer"]
        row.line = line

    def _consents(self, row, given):
        for channel in ("call", "sms", "email"):
            if given.get(f"consent_{channel}"):
                row.consents[channel] = read_yes(given[f"consent_{channel}"])
        if given.get("do_not_call"):
            row.do_not_call = read_yes(given["do_not_call"])
            if row.do_not_call and not row.values.get("phone"):
                raise table.BadRow("do_not_call")


# Who is known


@dataclass(slots=True, eq=False)
class Person:
    """A customer who is there, or one of the file who will be.

    :ivar int id: of a customer who is there
    :ivar str number: customer number
    :ivar set documents: keys of identity documents
    :ivar set words: of the name
    :ivar list rows: what the file says about him
    :ivar bool account: works here; his data are not the file's to change
    """

    id: int | None = None
    number: str | None = None
    documents: set = field(default_factory=set)
    words: set = field(default_factory=set)
    rows: list = field(default_factory=list)
    #: Written by this file
    new: bool = False
    account: bool = False


class Known:
    """Who is known by which number, document, telephone number or address."""

    def __init__(self, criteria):
        """:param criteria: which of ``document``, ``phone`` and ``email`` tell people
        apart; the customer number always does
        """
        self.criteria = criteria
        self._index = {
            name: defaultdict(dict) for name in ("number", "document", "phone", "email")
        }

    def add(self, person, key, value):
        """Know a person by a value of ``number``, ``document``, ``phone``, ``email``"""
        if value:
            self._index[key][value][person] = None
            if key == "number":
                person.number = value
            elif key == "document":
                person.documents.add(value)

    def add_row(self, person, row):
        """Know a person by all that a row says about him."""
        self.add(person, "number", row.values.get("telecom_customer_number"))
        self.add(person, "document", row.document_key)
        self.add(person, "phone", row.values.get("phone"))
        self.add(person, "phone", row.line.get("msisdn"))
        self.add(person, "email", row.email)
        person.words = row.words() or person.words
        person.rows.append(row)

    def find(self, row):
        """Return the person a row is about, or None when nobody is known.

        A telephone number or an address is shared by families: whoever has another
        customer number, another identity document or another name is somebody else.

        :raises table.BadRow: ``several``: who is meant cannot be said
        """
        number = row.values.get("telecom_customer_number")
        found = self._index["number"].get(number) if number else None
        if found:
            return next(iter(found))
        for key, value in (
            ("document", row.document_key),
            ("phone", row.line.get("msisdn")),
            ("phone", row.values.get("phone")),
            ("email", row.email),
        ):
            if key not in self.criteria or not value:
                continue
            people = [
                person
                for person in self._index[key].get(value, ())
                if (key == "document" or not _differ(person, row))
                and not (number and person.number and person.number != number)
            ]
            if len(people) > 1:
                raise table.BadRow("several", value)
            if people:
                return people[0]
        return None


def _differ(person, row):
    """Tell whether a person of the same telephone number or address is another one."""
    if (
        row.document_key
        and person.documents
        and row.document_key not in person.documents
    ):
        return True
    words = row.words()
    # “Koffi Adjovi” and “ADJOVI Koffi Jean” may be one person
    return bool(words and person.words) and not (
        words <= person.words or person.words <= words
    )


def merged(rows):
    """Return one row of what several say about the same person; the last one counts."""
    values = {}
    for row in rows:
        if row.named():
            for name in NAMES:
                values.pop(name, None)
        values |= row.values
    return values

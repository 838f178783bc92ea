"""The classes under which rows written by COPY were compared with Odoo's own.

A class in the inheritance of invoices, their lines, taxes or partners may change what
posting an invoice writes. The comparison is done by ``tests/test_invoice_writer.py``,
which walks every table; a class enters this list after that test has passed with its
addon installed. An unknown one sends all invoices through Odoo's own methods: slower,
and right. A class that overrides nothing need not be named.
"""

#: models whose classes decide what a posted invoice looks like
MODELS = ("account.move", "account.move.line", "account.tax", "res.partner")

#: addon: what its classes do when an invoice is created and posted; modules
TESTED = {
    "account": (
        "what is written",
        "account_bank_statement_line account_document_import_mixin account_move "
        "account_move_line account_move_line_tax_details account_payment account_tax "
        "partner product_catalog_mixin sequence_mixin",
    ),
    "account_add_gln": ("a field of partners", "res_partner"),
    "account_edi_ubl_cii": (
        "files made when invoices are sent, not when they are posted",
        "account_move account_tax res_partner",
    ),
    "account_payment": ("transactions: new invoices have none", "account_move"),
    "analytic": ("distributions: such lines go through Odoo", "analytic_mixin"),
    "auth_signup": ("signing up", "res_partner"),
    "base": (
        "partners",
        "avatar_mixin image_mixin ir_model ir_ui_view properties_base_definition_mixin "
        "res_partner",
    ),
    "base_geolocalize": ("coordinates of partners", "res_partner"),
    "base_import": ("reading files in", "base_import"),
    "bus": ("nothing is published", "bus_listener_mixin res_partner"),
    "calendar": ("meetings", "mail_activity_mixin res_partner"),
    "contacts": ("names of partners", "res_partner"),
    "crm": ("prospects of partners", "res_partner"),
    "helpdesk_mgmt": ("claims of partners", "res_partner"),
    "html_editor": ("history of texts", "models"),
    "loyalty": ("cards of partners", "res_partner"),
    "mail": (
        "the message of the creation, and followers",
        "discuss.bus_listener_mixin discuss.res_partner mail_activity_mixin "
        "mail_thread mail_thread_blacklist mail_thread_main_attachment models "
        "res_partner",
    ),
    "partner_autocomplete": ("companies looked up", "res_partner"),
    "payment": ("tokens of partners", "res_partner"),
    "phone_validation": (
        "numbers of partners",
        "mail_thread_phone models res_partner",
    ),
    "portal": ("links, made when asked for", "mail_thread portal_mixin res_partner"),
    "privacy_lookup": ("finding persons", "res_partner"),
    "product": ("price lists", "product_catalog_mixin res_partner"),
    "rating": ("ratings", "mail_thread"),
    "sale": (
        "orders: these lines have none; teams of sellers",
        "account_move account_move_line res_partner",
    ),
    "sale_stock": ("deliveries of orders: these lines have none", "account_move"),
    "sms": ("messages", "mail_thread models"),
    "snailmail": ("letters", "mail_thread res_partner"),
    "snailmail_account": (
        "letters made when invoices are sent",
        "account_move res_partner",
    ),
    "stock": ("deliveries", "product_catalog_mixin res_partner"),
    "stock_account": (
        "cost of goods: storable products go through Odoo",
        "account_move account_move_line",
    ),
    "telecom_billing": (
        "accounts and stamps are values of the row (an invoice without its stamps goes "
        "through Odoo), points are given by the same method, the rest is about "
        "merging, sending, claims, dunning and offers",
        "account_move_account account_move_bill_run account_move_detail "
        "account_move_document account_move_fee account_move_loyalty "
        "account_move_merging account_move_module account_move_sending "
        "helpdesk_ticket_invoice res_partner_account res_partner_offers "
        "res_partner_subscription res_partner_timeline telecom_dunning",
    ),
    "telecom_callcenter": ("calls of partners", "res_partner"),
    "telecom_crm": (
        "operators: lookups and rules, nothing at posting",
        "base mail_thread mail_thread_phone res_company_document res_partner "
        "res_partner_usage telecom_owned_mixin telecom_tenancy",
    ),
    "telecom_stock": (
        "items that partners hold, what they bought at counters",
        "res_partner telecom_counter_links",
    ),
    "utm": ("campaigns: invoices made by a run have none", "utm_mixin"),
    "web": ("screens", "models res_partner"),
}

KNOWN = frozenset(
    f"odoo.addons.{addon}.models.{module}"
    for addon, (_reason, modules) in TESTED.items()
    for module in modules.split()
)


#: What the framework writes on every class of a model
_FRAMEWORK = frozenset({"_inherit", "_name", "_module", "_register", "_description"})
#: Fields, and tables' constraints and indexes, as the framework collects them
_DEFINITIONS = frozenset({"_field_definitions", "_table_object_definitions"})
#: Marks by which the framework calls a method of itself
_HOOKS = ("_depends", "_constrains", "_onchange", "_ondelete", "_autovacuum")


def _overrides_nothing(cls, classes):
    """Tell whether a class only adds methods that nothing of the others calls.

    No field, no mark by which the framework calls it, and no name of another class.
    """
    for name, value in vars(cls).items():
        if name in _FRAMEWORK or (name.startswith("__") and name.endswith("__")):
            continue
        if name in _DEFINITIONS and not value:
            continue
        if (
            not callable(value)
            or not name.startswith("_telecom_")
            or any(hasattr(value, hook) for hook in _HOOKS)
            or any(
                name in vars(other) and other.__module__ != cls.__module__
                for other in classes
            )
        ):
            return False
    return True


def unknown(classes):
    """Modules of classes that no comparison covers.

    :param classes: of an inheritance, as in ``type(record).__mro__``
    :return: sorted names of Python modules
    """
    classes = list(classes)
    return sorted(
        {
            cls.__module__
            for cls in classes
            if cls.__module__.startswith("odoo.addons.")
            and cls.__module__ not in KNOWN
            and not _overrides_nothing(cls, classes)
        }
    )

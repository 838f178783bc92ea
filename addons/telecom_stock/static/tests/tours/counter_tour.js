import { registry } from "@web/core/registry";

const scan = (text) => [
    { trigger: "[data-telecom=scan]", run: `edit ${text}` },
    { trigger: "[data-telecom=scan-enter]", run: "click" },
];

/** From finding the customer to the receipt in five actions: find, device, SIM, money, sell. */
registry.category("web_tour.tours").add("telecom_stock_counter_sale", {
    url: "/odoo/telecom-counter",
    steps: () => [
        { trigger: "[data-telecom=counter-search]", run: "edit Dossou" },
        { trigger: "[data-telecom=counter-found]", run: "click" },
        { trigger: "[data-telecom=counter-customer]" },
        ...scan("352099001761481"),
        {
            content: "It stands in another shop: the counter says so",
            trigger: "[data-telecom=counter-problem]",
        },
        ...scan("356938035643809"),
        { trigger: "[data-telecom=counter-item]:contains(356938035643809)" },
        ...scan("8922901000000000015"),
        {
            content: "The SIM knows its number",
            trigger: "[data-telecom=counter-item] [data-telecom=counter-number]",
            run: "edit 0197550001",
        },
        { trigger: "[data-telecom=counter-method-mobile_money]", run: "click" },
        { trigger: "[data-telecom=counter-sell]:not(:disabled)", run: "click" },
        { trigger: "[data-telecom=counter-done] [data-telecom=counter-receipt]" },
        { trigger: "[data-telecom=counter-next]", run: "click" },
        { trigger: "[data-telecom=counter-search]" },
    ],
});

/** A shop sends two pieces to another one by scanning. */
registry.category("web_tour.tours").add("telecom_stock_transfer_send", {
    url: "/odoo/telecom-transfers/new",
    steps: () => [
        { trigger: "[name=warehouse_dest_id] input", run: "edit Akpakpa" },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Akpakpa)",
            run: "click",
        },
        ...scan("356938035643809"),
        { trigger: "[data-telecom=scan-success]" },
        ...scan("356938035643809"),
        { trigger: "[data-telecom=scan-warning]" },
        ...scan("6130000000017"),
        { trigger: "[data-telecom=scan-success]" },
        { trigger: "button[name=action_send]", run: "click" },
        { trigger: ".o_arrow_button_current[data-value=transit]" },
    ],
});

/** The other one receives them by scanning, and says what is missing. */
registry.category("web_tour.tours").add("telecom_stock_transfer_receive", {
    url: "/odoo/telecom-transfers",
    steps: () => [
        { trigger: ".o_data_row .o_data_cell[name=name]", run: "click" },
        ...scan("356938035643809"),
        { trigger: "[data-telecom=scan-success]" },
        ...scan("6130000000017"),
        { trigger: "[data-telecom=scan-success]" },
        { trigger: "button[name=action_receive]", run: "click" },
        { trigger: ".o_arrow_button_current[data-value=done]" },
    ],
});

/** A shop counts its pieces, and says what became of those that are missing. */
registry.category("web_tour.tours").add("telecom_stock_count", {
    url: "/odoo/telecom-counts/new",
    steps: () => [
        ...scan("356938035643809"),
        { trigger: "[data-telecom=scan-success]" },
        ...scan("352099001761481"),
        { trigger: "[data-telecom=scan-warning]" },
        ...scan("NOBODYS-1"),
        { trigger: "[data-telecom=scan-danger]" },
        { trigger: "button[name=action_finish]", run: "click" },
        { trigger: "[name=difference_ids] .o_kanban_record:contains(NOBODYS-1)" },
    ],
});

/** On a telephone: sold by two means, brought back, and the drawer counted. */
registry.category("web_tour.tours").add("telecom_stock_counter_return", {
    url: "/odoo/telecom-counter",
    steps: () => [
        { trigger: "[data-telecom=counter-search]", run: "edit Dossou" },
        { trigger: "[data-telecom=counter-found]", run: "click" },
        ...scan("356938035643809"),
        { trigger: "[data-telecom=counter-item]:contains(356938035643809)" },
        { trigger: "[data-telecom=counter-split]", run: "click" },
        { trigger: "[data-telecom=counter-part-mobile_money]", run: "edit 20000" },
        { trigger: "[data-telecom=counter-left]" },
        { trigger: "[data-telecom=counter-rest-cash]", run: "click" },
        { trigger: "[data-telecom=counter-sell]:not(:disabled)", run: "click" },
        { trigger: "[data-telecom=counter-next]", run: "click" },
        {
            content: "Taking back: the item, why, and how the money goes back",
            trigger: "[data-telecom=counter-back]",
            run: "click",
        },
        ...scan("356938035643809"),
        { trigger: "[data-telecom=counter-back-item] input:checked" },
        { trigger: "[data-telecom=counter-reason-defect]", run: "click" },
        {
            trigger: "[data-telecom=counter-return] [data-telecom=counter-method-cash]",
            run: "click",
        },
        { trigger: "[data-telecom=counter-take-back]:not(:disabled)", run: "click" },
        { trigger: "[data-telecom=counter-done] [data-telecom=counter-receipt]" },
        { trigger: "[data-telecom=counter-next]", run: "click" },
        { trigger: "[data-telecom=counter-drawer]", run: "click" },
        { trigger: "[name=counted] input", run: "edit 0" },
        { trigger: "[name=difference_reason] input", run: "edit Fond de caisse oublié" },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_saved" },
        {
            trigger: ".o_statusbar_buttons button.dropdown-toggle, button[name=action_close]",
            run: "click",
        },
    ],
});

/** On a telephone: a new SIM for a line in use, which its holder proves to be theirs. */
registry.category("web_tour.tours").add("telecom_stock_counter_swap", {
    url: "/odoo/telecom-counter",
    steps: () => [
        { trigger: "[data-telecom=counter-search]", run: "edit Dossou" },
        { trigger: "[data-telecom=counter-found]", run: "click" },
        ...scan("8922901000000000015"),
        { trigger: "[data-telecom=counter-line]", run: "selectByIndex 1" },
        {
            content: "Nothing is sold before the holder showed a document",
            trigger: "[data-telecom=counter-identity]",
        },
        { trigger: "[data-telecom=counter-sell]:disabled" },
        ...scan("6130000000017"),
        {
            content: "Choosing the line while the price was asked for blocks no scan",
            trigger: "[data-telecom=counter-item]:contains(Étui)",
        },
        { trigger: "[data-telecom=counter-document-number]", run: "edit PP 777 777" },
        { trigger: "[data-telecom=counter-sell]:not(:disabled)", run: "click" },
        {
            content: "It is not the holder's",
            trigger: "[data-telecom=counter-refusal]:contains(PP 777 777)",
        },
        { trigger: "[data-telecom=counter-document-number]", run: "edit BJ 123-456" },
        { trigger: "[data-telecom=counter-sell]:not(:disabled)", run: "click" },
        { trigger: "[data-telecom=counter-done] [data-telecom=counter-receipt]" },
    ],
});

/** On a telephone: a customer about to be written down again is there already. */
registry.category("web_tour.tours").add("telecom_stock_counter_double", {
    url: "/odoo/telecom-counter",
    steps: () => [
        { trigger: "[data-telecom=counter-search]", run: "edit Awa Dosou" },
        { trigger: "[data-telecom=counter-new]", run: "click" },
        { trigger: "[data-telecom=counter-phone]", run: "edit 01 97 00 00 11" },
        { trigger: "[data-telecom=counter-double]:contains(Dossou)", run: "click" },
        { trigger: "[data-telecom=counter-customer]:contains(Dossou)" },
    ],
});

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

import { registry } from "@web/core/registry";

// In French, as the platform's administrator reads it
registry.category("web_tour.tours").add("telecom_operator_onboarding", {
    steps: () => [
        {
            content: "Begin",
            trigger: ".o_control_panel button:contains(Nouvel opérateur)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=name] input",
            run: "edit Lomé Essai",
        },
        {
            trigger: ".modal .o_field_widget[name=country_id] input",
            run: "edit Togo",
        },
        {
            trigger: ".ui-menu-item > a:contains(Togo)",
            run: "click",
        },
        {
            content: "The country fills in the rest",
            trigger: ".modal .o_field_widget[name=plan]:contains(+228)",
        },
        {
            trigger: ".modal button:contains(Suivant)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=manager_name] input",
            run: "edit Ama Mensah",
        },
        {
            trigger: ".modal .o_field_widget[name=manager_email] input",
            run: "edit ama@lome-essai.example",
        },
        {
            trigger: ".modal .o_field_widget[name=host_name] input",
            run: "edit lome-essai.localhost",
        },
        {
            trigger: ".modal .o_field_widget[name=manager_access] input[data-value=password]",
            run: "click",
        },
        {
            content: "In French",
            trigger: ".modal .o_horizontal_separator:contains(Premier responsable)",
        },
        {
            trigger: ".modal button[name=action_create_operator]",
            run: "click",
        },
        {
            content: "Ready, with the password shown once",
            trigger: ".modal .o_field_widget[name=password]",
        },
        {
            trigger: ".modal button[name=action_open_operator]:contains(Ouvrir)",
            run: "click",
        },
        {
            trigger:
                ".o_form_view .o_field_widget[name=telecom_host_ids]:contains(lome-essai.localhost)",
        },
    ],
});

import { registry } from "@web/core/registry";

// In French, as an operator's manager reads it
registry.category("web_tour.tours").add("telecom_crm_colleague", {
    steps: () => [
        {
            trigger: ".o_control_panel button:contains(Nouveau collègue)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=name] input",
            run: "edit Rita Dossou",
        },
        {
            trigger: ".modal .o_field_widget[name=email] input",
            run: "edit rita@benin-test.example",
        },
        {
            trigger: ".modal .o_field_widget[name=access] input[data-value=password]",
            run: "click",
        },
        {
            content: "The usual role is proposed, and none beyond the manager's own",
            trigger:
                ".modal .o_field_widget[name=role_ids]:contains(Gestionnaire back-office):not(:contains(Administrateur))",
        },
        {
            trigger: ".modal button[name=action_save]",
            run: "click",
        },
        {
            content: "The password is shown once",
            trigger: ".modal .o_field_widget[name=password]:visible",
        },
        {
            trigger: ".modal footer button:contains(Terminé):visible",
            run: "click",
        },
        {
            trigger: ".o_data_row .o_data_cell:contains(Rita Dossou)",
            run: "click",
        },
        {
            trigger: ".modal button:contains(Fermer le compte):visible",
            run: "click",
        },
        {
            trigger: ".modal button:contains(Ok)",
            run: "click",
        },
        {
            content: "Gone from the list",
            trigger: ".o_list_view:not(:has(.o_data_cell:contains(Rita Dossou)))",
        },
    ],
});

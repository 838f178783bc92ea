import { registry } from "@web/core/registry";
import { inputFiles } from "@web/../tests/utils";

const CONTENT = "Nom;Tél.;Solde\nAfi Dossou;97000001;12500\nKoffi;12;7\n";

/**
 * A supervisor brings a file of numbers to a campaign: the columns are understood, good
 * rows are ready to be called, the bad one comes back with its reason.
 */
registry.category("web_tour.tours").add("telecom_callcenter_number_file", {
    steps: () => [
        {
            content: "The campaign's numbers",
            trigger: ".nav-link[name=numbers]",
            run: "click",
        },
        { trigger: "button[name=action_add_file]", run: "click" },
        {
            content: "The file belongs to the campaign",
            trigger: ".o_field_widget[name=campaign_id] input:value(Relance)",
        },
        {
            trigger: ".o_field_widget[name=file] input.o_input_file:not(:visible)",
            async run() {
                await inputFiles(".o_field_widget[name=file] input.o_input_file", [
                    new File([CONTENT], "numeros.csv", { type: "text/csv" }),
                ]);
            },
        },
        {
            trigger: ".o_field_widget[name=file] input:value(numeros.csv)",
        },
        { trigger: ".o_form_button_save", run: "click" },
        {
            content: "What the columns mean was found out",
            trigger: ".o_field_widget[name=column_ids] .o_data_row:contains(Solde)",
        },
        { trigger: "button[name=action_start]", run: "click" },
        { trigger: ".nav-link[name=errors]", run: "click" },
        {
            content: "The bad row has its reason",
            trigger: ".o_field_widget[name=error_sample_ids] td[name=reason]:contains(12)",
        },
        { trigger: "button[name=action_view_contacts]", run: "click" },
        {
            content: "The good one is ready to be called",
            trigger: ".o_data_row td[name=name]:contains(Afi Dossou)",
            run: "click",
        },
        {
            content: "The column that Odoo does not know became a field",
            trigger: ".o_field_widget[name=contact_properties]:contains(Solde)",
        },
    ],
});

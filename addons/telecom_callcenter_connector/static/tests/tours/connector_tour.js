import { registry } from "@web/core/registry";

const hook = (name, rest = "") => `[data-telecom='${name}']${rest}`;

/** An agent reads and changes a client's database by the buttons of a script. */
registry.category("web_tour.tours").add("telecom_callcenter_connector", {
    url: "/odoo/back-office",
    steps: () => [
        { trigger: hook("work-next", ":enabled"), run: "click" },
        { trigger: hook("work-name") + ":contains(Compte à bloquer)" },
        { trigger: hook("script-action") + ":contains(Lire le solde)", run: "click" },
        { trigger: `.modal ${hook("query-answer")}:contains(Afi Dossou)` },
        { trigger: hook("query-close"), run: "click" },
        {
            trigger: "body:not(:has(.modal)) " + hook("script-action") + ":contains(Bloquer)",
            run: "click",
        },
        { trigger: ".modal " + hook("query-answer", "[data-count='1']:not(:has(table))") },
        { trigger: hook("query-close"), run: "click" },
        { trigger: "body:not(:has(.modal)) " + hook("work-name") },
    ],
});

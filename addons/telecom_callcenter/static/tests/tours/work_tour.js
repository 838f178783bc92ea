import { registry } from "@web/core/registry";

const hook = (name, rest = "") => `[data-telecom='${name}']${rest}`;

/** Back-office work: take, answer, close, give back. */
registry.category("web_tour.tours").add("telecom_callcenter_back_office", {
    url: "/odoo/back-office",
    steps: () => [
        { trigger: hook("work-campaign") + ":contains(Dossiers)" },
        { trigger: hook("work-next", ":enabled"), run: "click" },
        { trigger: hook("work-name") + ":contains(Urgent)" },
        {
            content: "No status, no closing",
            trigger: hook("work-close-next", ":enabled"),
            run: "click",
        },
        { trigger: ".o_telecom_work_close [role=alert]" },
        { trigger: hook("answer-text") + ":eq(0)", run: "edit Ouidah && press Tab" },
        { trigger: "[role=radio][data-code='handled']", run: "click" },
        { trigger: hook("work-note"), run: "edit Corrigé" },
        { trigger: hook("work-close-next", ":enabled"), run: "click" },
        { trigger: hook("work-name") + ":contains(Due)" },
        { trigger: hook("work-leave", ":enabled"), run: "click" },
        { trigger: hook("work-campaign", "[data-waiting='2']") },
    ],
});

registry.category("web_tour.tours").add("telecom_callcenter_back_office_none", {
    url: "/odoo/back-office",
    steps: () => [{ trigger: hook("work-none") }],
});

import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("telecom_registration", {
    url: "/telecom/register",
    steps: () => [
        {
            content: "A customer writes his number as he always does",
            trigger: "input[name=address]",
            run: "edit 20 123 456",
        },
        { trigger: ".oe_login_form button[type=submit]", run: "click", expectUnloadPage: true },
        { trigger: "input[name=code]", run: "edit 246 810" },
        { trigger: ".oe_login_form button[type=submit]", run: "click", expectUnloadPage: true },
        { trigger: "input[name=password]", run: "edit cocotiers-216" },
        { trigger: "input[name=confirm]", run: "edit cocotiers-216" },
        { trigger: ".oe_login_form button[type=submit]", run: "click", expectUnloadPage: true },
        {
            content: "He is in, and opens his lines",
            trigger: "a[href='/my/lines']",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: "[data-telecom=portal-line]:contains(20 123 456)" },
    ],
});

import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

/** A manager opens a boutique: where it is by a click on the map, then into service. */
registry.category("web_tour.tours").add("telecom_stock_boutique", {
    url: "/odoo/telecom-boutiques",
    steps: () => [
        { trigger: ".o_control_panel button.o-kanban-button-new", run: "click" },
        { trigger: ".o_field_widget[name=name] input", run: "edit Marché Central" },
        { trigger: ".o_field_widget[name=code] input", run: "edit MARCHE" },
        { trigger: ".o_field_widget[name=city] input", run: "edit Cotonou" },
        {
            content: "The map takes a click for the position",
            trigger: "[data-telecom='boutique-map'].leaflet-container",
            run: "click",
        },
        { trigger: "[data-telecom='boutique-map'] .leaflet-marker-icon" },
        {
            content: "What people typed is text on the map, and a link is a link",
            trigger: ".leaflet-control-attribution a[href='https://tiles.test/']:contains(Tiles)",
            run() {
                const map = document.querySelector("[data-telecom='boutique-map']");
                map.querySelector("path.leaflet-interactive").dispatchEvent(
                    new MouseEvent("mouseover", { bubbles: true })
                );
                const tooltip = map.querySelector(".leaflet-tooltip");
                if (!tooltip.textContent.includes("<img") || map.querySelector("[onerror]")) {
                    throw new Error("a name became a part of the page");
                }
            },
        },
        ...stepUtils.saveForm(),
        { trigger: "button[name=action_open]", run: "click" },
        { trigger: "button[name=action_close_for_works]" },
        { trigger: "button[name=action_stock]" },
    ],
});

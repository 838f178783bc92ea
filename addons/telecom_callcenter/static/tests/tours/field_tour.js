import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";

const { DateTime } = luxon;
const XHR = browser.XMLHttpRequest;

/** What a request does on a road without network. */
class LostRequest {
    addEventListener(name, listener) {
        if (name === "error") {
            this.fail = listener;
        }
    }
    open() {}
    setRequestHeader() {}
    abort() {}
    send() {
        setTimeout(() => this.fail());
    }
}

function locate() {
    const position = {
        timestamp: Date.now(),
        coords: { latitude: 6.3654, longitude: 2.4183, accuracy: 9 },
    };
    Object.defineProperty(browser.navigator, "geolocation", {
        configurable: true,
        value: {
            watchPosition(success) {
                setTimeout(() => success(position));
                return 1;
            },
            clearWatch() {},
        },
    });
}

/** A seller's day: duty with consent, an appointment met where there is no network,
 * one agreed there too, and all of it sent once when the network is back. */
registry.category("web_tour.tours").add("telecom_field_day", {
    url: "/odoo/field-day",
    steps: () => [
        { trigger: "[data-telecom=field] [data-telecom=field-duty-start]", run: () => locate() },
        { trigger: "[data-telecom=field-duty-start]", run: "click" },
        { trigger: "[data-telecom=field-consent]:contains(30)" },
        { trigger: "[data-telecom=field-consent-yes]", run: "click" },
        { trigger: "[data-telecom=field-duty].o_located" },
        { trigger: "[data-telecom=field][data-waiting='0']" },
        { trigger: "[data-telecom=field-card]:contains(Awa)", run: "click" },
        { trigger: "[data-telecom=field-route][href*='6.3654']" },
        {
            trigger: "[data-telecom=field-call][href^='tel:+229']",
            // The telephone's own dialer takes over from here
            run: () => {
                browser.XMLHttpRequest = LostRequest;
            },
        },
        { trigger: "[data-telecom=field-done]", run: "click" },
        { trigger: "[data-telecom=field-report]", run: "edit Fibre vendue" },
        { trigger: "[data-telecom=field-save]", run: "click" },
        { trigger: "[data-telecom=field-state].text-bg-success" },
        { trigger: "[data-telecom=field-network]:contains(1)" },
        { trigger: "[data-telecom=field][data-online='0']" },
        { trigger: "[data-telecom=field-sign]", run: "click" },
        {
            trigger: "[data-telecom=field-signature]",
            run: ({ anchor }) => {
                const { left, top } = anchor.getBoundingClientRect();
                for (const [name, x, y] of [
                    ["pointerdown", 20, 20],
                    ["pointermove", 120, 90],
                    ["pointerup", 120, 90],
                ]) {
                    anchor.dispatchEvent(
                        new PointerEvent(name, {
                            bubbles: true,
                            clientX: left + x,
                            clientY: top + y,
                        })
                    );
                }
            },
        },
        { trigger: "[data-telecom=field-signed-by]", run: "edit Awa Kpossou" },
        { trigger: "[data-telecom=field-sign-save]", run: "click" },
        { trigger: "[data-telecom=field][data-waiting='2']" },
        { trigger: "[data-telecom=field-back]", run: "click" },
        { trigger: "[data-telecom=field-card] [data-telecom=field-waiting]" },
        { trigger: "[data-telecom=field-new]", run: "click" },
        { trigger: "[data-telecom=field-name]", run: "edit Chabi Bio" },
        { trigger: "[data-telecom=field-number]", run: "edit 0197000009" },
        { trigger: "[data-telecom=field-city]", run: "edit Cotonou" },
        {
            trigger: "[data-telecom=field-when]",
            run: ({ anchor }) => {
                anchor.value = DateTime.now()
                    .plus({ days: 1 })
                    .set({ hour: 15, minute: 0 })
                    .toFormat("yyyy-MM-dd'T'HH:mm");
                anchor.dispatchEvent(new Event("input", { bubbles: true }));
            },
        },
        { trigger: "[data-telecom=field-agree]", run: "click" },
        { trigger: "[data-telecom=field-card]:contains(Chabi Bio) [data-telecom=field-waiting]" },
        {
            trigger: "[data-telecom=field][data-waiting='3']",
            run: () => {
                browser.XMLHttpRequest = XHR;
                window.dispatchEvent(new Event("online"));
            },
        },
        { trigger: "[data-telecom=field][data-waiting='0'][data-online='1']" },
        { trigger: "[data-telecom=field-card]:contains(Chabi Bio)", run: "click" },
        { trigger: "[data-telecom=field-appointment]:not(:has(.fa-clock-o))" },
        { trigger: "[data-telecom=field-back]", run: "click" },
        { trigger: "[data-telecom=field-duty-end]", run: "click" },
        { trigger: "[data-telecom=field-duty-start]" },
        { trigger: "[data-telecom=field][data-waiting='0']" },
    ],
});

/** An agent agrees an appointment: free times, seller, told. */
registry.category("web_tour.tours").add("telecom_appointment_book", {
    url: "/odoo/action-telecom_callcenter.action_telecom_appointment_dialog",
    steps: () => [
        { trigger: "[data-telecom=appointment-name]", run: "edit Chabi Bio" },
        { trigger: "[data-telecom=appointment-number]", run: "edit 0197000009" },
        { trigger: "[data-telecom=appointment-street]", run: "edit Face au marché" },
        { trigger: "[data-telecom=appointment-city]", run: "edit Natitingou" },
        { trigger: "[data-telecom=appointment-problem]" },
        { trigger: "[data-telecom=appointment-city]", run: "edit Cotonou" },
        { trigger: "[data-telecom=appointment-slot]", run: "click" },
        { trigger: "[data-telecom=appointment-note]", run: "edit Appeler en arrivant" },
        { trigger: "[data-telecom=appointment-book]:not(:disabled)", run: "click" },
        { trigger: ".o_notification:contains(f.seller)" },
        { trigger: "body:not(:has([data-telecom=appointment-dialog]))" },
    ],
});

/** A supervisor looks where sellers are. */
registry.category("web_tour.tours").add("telecom_field_map", {
    url: "/odoo/field-map",
    steps: () => [
        { trigger: "[data-telecom=field-map-map].leaflet-container" },
        { trigger: ".o_telecom_field_mark:contains(F)" },
        { trigger: "[data-telecom=field-map-seller]:contains(f.seller)", run: "click" },
        { trigger: "[data-telecom=field-map-track] input[type=date]" },
        { trigger: "[data-telecom=field-map-map] path.leaflet-interactive" },
    ],
});

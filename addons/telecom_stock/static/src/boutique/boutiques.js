import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";
import { loadLeaflet, makeMap } from "@telecom_crm/map/leaflet";

/** Metres within which one's own place is shown beside the boutiques. */
const NEAR = 100000;

/** The public page: asks the browser where one is, and draws the boutiques found. */
export class Boutiques extends Interaction {
    static selector = ".o_telecom_boutiques";
    dynamicContent = {
        "[data-telecom='locate']": {
            "t-on-click.prevent": this.locate,
            "t-att-class": () => ({ "d-none": !navigator.geolocation }),
            "t-att-disabled": () => (this.searching ? "disabled" : undefined),
        },
        "[data-telecom='refused']": {
            "t-att-class": () => ({ "d-none": !this.refused }),
        },
    };

    setup() {
        this.searching = false;
        this.refused = false;
        this.results = this.el.querySelector("[data-telecom='results']");
        const places = this.results.dataset.places;
        if (places) {
            this.draw(JSON.parse(places));
        }
    }

    locate() {
        this.searching = true;
        navigator.geolocation.getCurrentPosition(
            this.protectSyncAfterAsync(({ coords }) => this.goTo(coords)),
            this.protectSyncAfterAsync(() => {
                this.searching = false;
                this.refused = true;
                this.updateContent();
                this.el.querySelector("#town").focus();
            }),
            { timeout: 10000, maximumAge: 60000 }
        );
    }

    /** The same form, with a position instead of a town: the page can be shared. */
    goTo({ latitude, longitude }) {
        const form = this.el.querySelector("form");
        const wishes = new URLSearchParams(new FormData(form));
        wishes.delete("town");
        wishes.set("lat", latitude.toFixed(5));
        wishes.set("lon", longitude.toFixed(5));
        window.location.assign(`/boutiques?${wishes}`);
    }

    async draw(places) {
        const element = this.el.querySelector("[data-telecom='map']");
        const located = places.filter((place) => place.latitude || place.longitude);
        const { tiles, here } = this.results.dataset;
        // One dot on an empty ground shows nothing
        if (!located.length || (!tiles && located.length + Boolean(here) < 2)) {
            return;
        }
        const L = await this.waitFor(loadLeaflet());
        element.classList.remove("d-none");
        element.classList.toggle("o_telecom_map_bare", !tiles);
        const map = makeMap(L, element, this.results.dataset);
        const markers = located.map((place) => {
            const text = document.createElement("span");
            text.textContent = `${place.name} – ${place.opening}`;
            // The number the list gives it
            const icon = L.divIcon({
                className: "o_telecom_map_mark btn-primary",
                html: String(places.indexOf(place) + 1),
                iconSize: [28, 28],
            });
            return L.marker([place.latitude, place.longitude], {
                icon,
                title: place.name,
                alt: place.name,
            }).bindPopup(text);
        });
        const group = L.featureGroup(markers).addTo(map);
        const bounds = group.getBounds();
        if (here) {
            const position = JSON.parse(here);
            const text = this.el.querySelector("[data-telecom='here-text']").textContent;
            L.circleMarker(position, { radius: 8, className: "o_telecom_map_here" })
                .bindTooltip(text, {
                    permanent: true,
                    direction: "bottom",
                })
                .addTo(map);
            // Far away it would push the boutiques together into one dot
            if (Math.min(...located.map((place) => place.metres)) < NEAR) {
                bounds.extend(position);
            }
        }
        map.fitBounds(bounds.pad(0.3), { maxZoom: 15 });
        this.registerCleanup(() => map.remove());
    }
}

registry.category("public.interactions").add("telecom_stock.boutiques", Boutiques);

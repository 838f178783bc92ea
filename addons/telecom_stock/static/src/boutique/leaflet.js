import { loadCSS, loadJS } from "@web/core/assets";

const LIBRARY = "/telecom_stock/static/lib/leaflet";

/** The map library, loaded once and only where there is a map. */
export async function loadLeaflet() {
    await Promise.all([loadCSS(`${LIBRARY}/leaflet.css`), loadJS(`${LIBRARY}/leaflet.js`)]);
    window.L.Icon.Default.imagePath = `${LIBRARY}/images/`;
    return window.L;
}

/**
 * A map in an element; without tiles it still shows where places lie to each other.
 *
 * @param {Object} L Leaflet
 * @param {HTMLElement} element
 * @param {{tiles?: string, attribution?: string}} settings
 */
export function makeMap(L, element, { tiles, attribution } = {}) {
    const map = L.map(element, { attributionControl: Boolean(attribution) });
    map.setView([0, 0], 2);
    if (tiles) {
        L.tileLayer(tiles, { attribution: attribution || "", maxZoom: 19 }).addTo(map);
    }
    L.control.scale({ imperial: false }).addTo(map);
    return map;
}

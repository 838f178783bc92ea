import { loadCSS, loadJS } from "@web/core/assets";

const LIBRARY = "/telecom_crm/static/lib/leaflet";

/** The map library, loaded once and only where there is a map. */
export async function loadLeaflet() {
    await Promise.all([loadCSS(`${LIBRARY}/leaflet.css`), loadJS(`${LIBRARY}/leaflet.js`)]);
    window.L.Icon.Default.imagePath = `${LIBRARY}/images/`;
    return window.L;
}

/**
 * An attribution as tile servers ask for it, with links and nothing else: Leaflet reads
 * it as HTML, and everybody sees it who opens the map.
 *
 * @param {string} text of the operator's settings
 * @returns {string} HTML
 */
export function safeAttribution(text) {
    const result = document.createElement("span");
    const read = new DOMParser().parseFromString(text || "", "text/html").body;
    for (const node of read.childNodes) {
        if (node.nodeName === "A" && /^https?:$/.test(node.protocol)) {
            const link = document.createElement("a");
            link.href = node.href;
            link.target = "_blank";
            link.rel = "noopener";
            link.textContent = node.textContent;
            result.append(link);
        } else {
            result.append(node.textContent);
        }
    }
    return result.innerHTML;
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
        L.tileLayer(tiles, { attribution: safeAttribution(attribution), maxZoom: 19 }).addTo(map);
    }
    L.control.scale({ imperial: false }).addTo(map);
    return map;
}

import { Component, onMounted, onPatched, onWillStart, onWillUnmount, useRef } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { loadLeaflet, makeMap } from "@telecom_crm/map/leaflet";

/** How many other boutiques are drawn. */
const MOST = 300;

/** Where a boutique is: click, or drag the mark. */
export class BoutiqueMap extends Component {
    static template = "telecom_stock.BoutiqueMap";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.element = useRef("map");
        onWillStart(async () => {
            const companyId = this.props.record.data.company_id?.id;
            [this.L, [this.settings], this.others] = await Promise.all([
                loadLeaflet(),
                companyId
                    ? this.orm.read(
                          "res.company",
                          [companyId],
                          ["telecom_tile_url", "telecom_tile_attribution"]
                      )
                    : [{}],
                this.orm.searchRead(
                    "telecom.boutique",
                    [
                        ["company_id", "=", companyId],
                        ["located", "=", true],
                        ["id", "!=", this.props.record.resId],
                    ],
                    ["name", "latitude", "longitude"],
                    { limit: MOST }
                ),
            ]);
        });
        onMounted(() => this.draw());
        onPatched(() => this.place());
        onWillUnmount(() => this.map?.remove());
    }

    get position() {
        const { latitude, longitude } = this.props.record.data;
        return latitude || longitude ? [latitude, longitude] : null;
    }

    draw() {
        this.map = makeMap(this.L, this.element.el, {
            tiles: this.settings?.telecom_tile_url,
            attribution: this.settings?.telecom_tile_attribution,
        });
        this.map.on("click", ({ latlng }) => this.set(latlng));
        // The operator's other boutiques show where one is, without tiles all the more
        const others = this.others.map(({ name, latitude, longitude }) => {
            // Leaflet reads a string as HTML
            const text = document.createElement("span");
            text.textContent = name;
            return this.L.circleMarker([latitude, longitude], { radius: 5 }).bindTooltip(text);
        });
        const group = this.L.featureGroup(others).addTo(this.map);
        if (others.length) {
            this.map.fitBounds(group.getBounds().pad(0.3), {
                maxZoom: 13,
                animate: false,
            });
        }
        this.place(13);
    }

    place(zoom) {
        const position = this.position;
        if (!position) {
            this.marker?.remove();
            this.marker = null;
            return;
        }
        if (!this.marker) {
            this.marker = this.L.marker(position, {
                draggable: !this.props.readonly,
            }).addTo(this.map);
            this.marker.on("dragend", () => this.set(this.marker.getLatLng()));
        }
        this.marker.setLatLng(position);
        this.map.setView(position, zoom || this.map.getZoom(), { animate: false });
    }

    set({ lat, lng }) {
        if (this.props.readonly) {
            return;
        }
        const { lng: longitude } = this.L.latLng(lat, lng).wrap();
        this.props.record.update({
            latitude: Number(lat.toFixed(7)),
            longitude: Number(longitude.toFixed(7)),
        });
    }
}

registry.category("view_widgets").add("boutique_map", {
    component: BoutiqueMap,
    fieldDependencies: [
        { name: "latitude", type: "float" },
        { name: "longitude", type: "float" },
        { name: "company_id", type: "many2one" },
    ],
});

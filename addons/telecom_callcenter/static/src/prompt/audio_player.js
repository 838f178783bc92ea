import { Component } from "@odoo/owl";

import { registry } from "@web/core/registry";
import { url } from "@web/core/utils/urls";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** Plays the saved recording of a prompt. */
export class AudioPlayer extends Component {
    static template = "telecom_callcenter.AudioPlayer";
    static props = { ...standardWidgetProps };

    get source() {
        const { resModel, resId, data } = this.props.record;
        return url("/web/content", {
            model: resModel,
            id: resId,
            field: "audio",
            unique: data.write_date?.ts,
        });
    }
}

registry.category("view_widgets").add("telecom_audio_player", {
    component: AudioPlayer,
    fieldDependencies: [{ name: "write_date", type: "datetime" }],
});

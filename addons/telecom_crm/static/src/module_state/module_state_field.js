import { registry } from "@web/core/registry";
import {
    StateSelectionField,
    stateSelectionField,
} from "@web/views/fields/state_selection/state_selection_field";

/** The state of a module: green is on, orange read-only, red off. */
export class ModuleStateField extends StateSelectionField {
    setup() {
        super.setup();
        this.colors = { on: "green", readonly: "orange", off: "red" };
    }
}

registry.category("fields").add("telecom_module_state", {
    ...stateSelectionField,
    component: ModuleStateField,
    extractProps(fieldInfo, dynamicInfo) {
        return {
            ...stateSelectionField.extractProps(fieldInfo, dynamicInfo),
            showLabel: true,
            withCommand: false,
        };
    },
});

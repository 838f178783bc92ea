import { onMounted, onWillUnmount } from "@odoo/owl";

import { registry } from "@web/core/registry";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";

const REFRESH_MS = 5000;

/** A kanban that stays up to date while it is looked at. */
export class LiveKanbanController extends KanbanController {
    setup() {
        super.setup();
        let timer;
        const refresh = async () => {
            // Nothing is asked for while the tab is hidden or a menu is open
            if (!document.hidden && !document.querySelector(".o-dropdown--menu, .modal")) {
                try {
                    await this.model.load();
                } catch {
                    // The server is away for a moment: the next turn will tell
                }
            }
            timer = setTimeout(refresh, REFRESH_MS);
        };
        onMounted(() => {
            timer = setTimeout(refresh, REFRESH_MS);
        });
        onWillUnmount(() => clearTimeout(timer));
    }
}

registry.category("views").add("telecom_live_kanban", {
    ...kanbanView,
    Controller: LiveKanbanController,
});

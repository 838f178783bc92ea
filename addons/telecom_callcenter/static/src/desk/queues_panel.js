import { Component, onMounted, onWillUnmount } from "@odoo/owl";
import { useDesk, useTimer } from "../core/hooks";
import { formatDuration, readableOn } from "../core/desk_model";

/** How many wait in the agent's queues, live. */
export class QueuesPanel extends Component {
    static template = "telecom_callcenter.QueuesPanel";
    static props = {};

    setup() {
        Object.assign(this, useDesk());
        this.timer = useTimer(this.desk);
        let unwatch = () => {};
        onMounted(() => {
            unwatch = this.desk.watchQueues();
        });
        onWillUnmount(() => unwatch());
    }

    get operators() {
        const operators = new Map();
        for (const queue of this.desk.queues) {
            if (!operators.has(queue.company_id)) {
                operators.set(queue.company_id, {
                    id: queue.company_id,
                    name: queue.company,
                    color: queue.color,
                    queues: [],
                });
            }
            const snapshot = this.desk.queueSnapshots[queue.id];
            operators.get(queue.company_id).queues.push({ ...queue, snapshot });
        }
        return [...operators.values()];
    }

    operatorStyle(operator) {
        const color = operator.color || "#71639e";
        return `--telecom-operator: ${color}; --telecom-on-operator: ${readableOn(color)};`;
    }

    /** The longest wait goes on between two snapshots. */
    longest({ snapshot }) {
        if (!snapshot?.waiting) {
            return "";
        }
        const seconds = snapshot.longest_wait_seconds || 0;
        return formatDuration(seconds + this.timer.seconds(snapshot.at));
    }
}

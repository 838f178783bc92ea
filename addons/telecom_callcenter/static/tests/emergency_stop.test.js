import { EmergencyStop } from "@telecom_callcenter/stop/emergency_stop";
import { expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-mock";
import {
    contains,
    mockService,
    mountWithCleanup,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { ConnectionLostError } from "@web/core/network/rpc";
import { user } from "@web/core/user";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";

defineMailModels();

const BUTTON = "[data-telecom=emergency-stop]";

test("supervisors open the emergency stop with one tap", async () => {
    mockService("action", {
        doAction: (action) => expect.step(action),
    });
    patchWithCleanup(user, {
        hasGroup: async (group) => group === "telecom_callcenter.group_callcenter_supervisor",
    });
    await mountWithCleanup(EmergencyStop);
    await animationFrame();
    await contains(BUTTON).click();
    expect.verifySteps(["telecom_callcenter.action_telecom_dialing_stop"]);
});

test("nobody else has it, and the bar opens without the network", async () => {
    const asked = [
        async () => false,
        async () => {
            throw new ConnectionLostError("/web/dataset/call_kw/res.users/has_group");
        },
    ];
    for (const hasGroup of asked) {
        patchWithCleanup(user, { hasGroup });
        await mountWithCleanup(EmergencyStop);
        await animationFrame();
    }
    expect(".o_telecom_emergency").toHaveCount(0);
});

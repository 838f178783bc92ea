import { registry } from "@web/core/registry";
import { session } from "@web/session";
import { user, userBus } from "@web/core/user";

/**
 * Gives the page the colours of the first active company as soon as another one is
 * chosen. The first ones come with the page.
 */
export const brandService = {
    start() {
        const brands = session.telecom_brands || {};
        delete session.telecom_brands;
        const paint = () => {
            const style = brands[user.activeCompany?.id];
            let element = document.getElementById("telecom_brand");
            if (!style && !element) {
                return;
            }
            if (!element) {
                element = document.createElement("style");
                element.id = "telecom_brand";
                document.head.append(element);
            }
            element.textContent = style ? `:root{${style}}` : "";
        };
        userBus.addEventListener("ACTIVE_COMPANIES_CHANGED", paint);
        return { paint };
    },
};

registry.category("services").add("telecom_brand", brandService);

import { _t } from "@web/core/l10n/translation";

/**
 * What went wrong with the telephone, and what to do about it.
 *
 * @param {string} code
 * @returns {{title: string, help: string, action: "retry"|"take"|"listen"|false}}
 */
export function phoneMessage(code) {
    switch (code) {
        case "microphone_refused":
            return {
                title: _t("The microphone is blocked"),
                help: _t(
                    "Click the icon beside the page's address, allow the microphone, then try again."
                ),
                action: "retry",
            };
        case "microphone_missing":
            return {
                title: _t("No microphone found"),
                help: _t("Plug in your headset, then try again."),
                action: "retry",
            };
        case "microphone_busy":
            return {
                title: _t("The microphone does not answer"),
                help: _t(
                    "Another program may be using it: close it, or unplug the headset and plug it in again."
                ),
                action: "retry",
            };
        case "insecure":
            return {
                title: _t("Calls need a secure address"),
                help: _t(
                    "Browsers give a microphone only to pages in https://. Open the desk with its https:// address."
                ),
                action: false,
            };
        case "lost":
            return {
                title: _t("Telephone connection lost"),
                help: _t("Trying to come back by itself. Check your network if this lasts."),
                action: "retry",
            };
        case "unreachable":
            return {
                title: _t("The telephone service does not answer"),
                help: _t("Trying again by itself. Tell your supervisor if this lasts."),
                action: "retry",
            };
        case "refused":
            return {
                title: _t("The telephone service refused this phone"),
                help: _t(
                    "Try again. If it is refused once more, ask an administrator to check your agent record."
                ),
                action: "retry",
            };
        case "elsewhere":
            return {
                title: _t("Your phone was opened in another browser"),
                help: _t("Calls ring there. You can take the phone back here."),
                action: "take",
            };
        case "server":
            return {
                title: _t("The phone could not be set up"),
                help: _t("The server gave no telephone settings. Try again."),
                action: "retry",
            };
        case "listen":
            return {
                title: _t("Your browser muted the call"),
                help: _t("Click to hear the caller."),
                action: "listen",
            };
        default:
            return {
                title: _t("The phone does not work"),
                help: _t("Reload the page. Tell your supervisor if this lasts."),
                action: "retry",
            };
    }
}

/** The code of an error of getUserMedia. */
export function microphoneErrorCode(error) {
    switch (error?.name) {
        case "NotAllowedError":
        case "PermissionDeniedError":
            return "microphone_refused";
        case "NotFoundError":
        case "OverconstrainedError":
            return "microphone_missing";
        case "SecurityError":
        case "TypeError":
            return "insecure";
        default:
            return "microphone_busy";
    }
}

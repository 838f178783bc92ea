import { browser } from "@web/core/browser/browser";

const STORAGE_KEY = "telecom_callcenter.audio";

/** What a browser remembers about its sound; "" is the system's own choice. */
const DEFAULTS = {
    microphone: "",
    speaker: "",
    ringer: "",
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
};

export function loadAudioSettings() {
    try {
        const stored = JSON.parse(browser.localStorage.getItem(STORAGE_KEY) || "{}");
        return { ...DEFAULTS, ...stored };
    } catch {
        return { ...DEFAULTS };
    }
}

export function saveAudioSettings(settings) {
    browser.localStorage.setItem(STORAGE_KEY, JSON.stringify(settings));
}

/** @returns {MediaStreamConstraints} */
export function microphoneConstraints(settings) {
    const { microphone, echoCancellation, noiseSuppression, autoGainControl } = settings;
    const audio = { echoCancellation, noiseSuppression, autoGainControl };
    if (microphone) {
        // `ideal`: a headset left at home must not make answering impossible.
        audio.deviceId = { ideal: microphone };
    }
    return { audio, video: false };
}

/**
 * Open the microphone.
 *
 * @throws {DOMException} NotAllowedError, NotFoundError, NotReadableError…
 */
export function openMicrophone(settings) {
    const devices = browser.navigator.mediaDevices;
    if (!devices?.getUserMedia) {
        // Browsers hide microphones from pages that are not secure.
        throw new DOMException("No media devices on this page", "SecurityError");
    }
    return devices.getUserMedia(microphoneConstraints(settings));
}

/** @returns {Promise<{microphones: Object[], speakers: Object[]}>} */
export async function listDevices() {
    const devices = (await browser.navigator.mediaDevices?.enumerateDevices?.()) || [];
    const pick = (kind) =>
        devices
            .filter((device) => device.kind === kind && device.deviceId)
            .map((device) => ({ id: device.deviceId, label: device.label }));
    return { microphones: pick("audioinput"), speakers: pick("audiooutput") };
}

/** Plays the other side's voice. */
export class Speaker {
    constructor() {
        this.element = new Audio();
        this.element.autoplay = true;
    }

    /** @returns {Promise<boolean>} false when the browser wants a click first */
    async play(stream) {
        this.element.srcObject = stream;
        try {
            await this.element.play();
            return true;
        } catch (error) {
            return error.name !== "NotAllowedError";
        }
    }

    stop() {
        this.element.srcObject = null;
    }

    async use(deviceId) {
        if (this.element.setSinkId) {
            try {
                await this.element.setSinkId(deviceId || "");
            } catch {
                // The device is gone: the system's own choice goes on.
            }
        }
    }
}

/** A quiet two-tone ring, made on the spot: no file, any loudspeaker. */
export class Ringer {
    constructor() {
        this.context = null;
        this.timer = null;
    }

    async start(deviceId) {
        if (this.timer) {
            return;
        }
        this.timer = -1;
        try {
            this.context ||= new AudioContext();
            if (deviceId && this.context.setSinkId) {
                await this.context.setSinkId(deviceId).catch(() => {});
            }
            await this.context.resume();
        } catch {
            // No sound on this computer; the screen rings all the same.
        }
        if (this.timer === -1) {
            this.ring();
            this.timer = browser.setInterval(() => this.ring(), 3000);
        }
    }

    ring() {
        if (this.context?.state !== "running") {
            return;
        }
        for (const [delay, frequency] of [
            [0, 660],
            [0.22, 880],
            [0.6, 660],
            [0.82, 880],
        ]) {
            const at = this.context.currentTime + delay;
            const tone = this.context.createOscillator();
            const volume = this.context.createGain();
            tone.frequency.value = frequency;
            volume.gain.setValueAtTime(0.0001, at);
            volume.gain.exponentialRampToValueAtTime(0.18, at + 0.03);
            volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.32);
            tone.connect(volume).connect(this.context.destination);
            tone.start(at);
            tone.stop(at + 0.35);
        }
    }

    stop() {
        browser.clearInterval(this.timer);
        this.timer = null;
    }
}

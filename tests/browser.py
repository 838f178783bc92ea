"""The agent's browser: Chromium with a microphone that plays a file."""

import json
import time
from contextlib import contextmanager, suppress

from playwright.sync_api import sync_playwright

from stack import wait_for

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    # Tabs behind other tabs are agents too: their timers must not slow down.
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
]
# A tone must come through as it is. Peer connections are kept for `heard`.
PROBE = """
(() => {
  try {
    localStorage.setItem("telecom_callcenter.audio", JSON.stringify({
      echoCancellation: false, noiseSuppression: false, autoGainControl: false,
    }));
  } catch {}
  const Native = window.RTCPeerConnection;
  window.__peers = [];
  window.RTCPeerConnection = class extends Native {
    constructor(...parameters) { super(...parameters); window.__peers.push(this); }
  };
})();
"""
HEARD = """
async () => {
  const peer = window.__peers.findLast((p) => p.connectionState === "connected");
  const track = peer?.getReceivers().find((r) => r.track?.kind === "audio")?.track;
  if (!track) return {peak: 0, level: 0};
  const context = new AudioContext();
  try {
    await context.resume();
    const analyser = context.createAnalyser();
    analyser.fftSize = 8192;
    analyser.smoothingTimeConstant = 0;
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    await new Promise((done) => setTimeout(done, 600));
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    const wave = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(wave);
    let best = 2;
    for (let n = 2; n < bins.length; n++) if (bins[n] > bins[best]) best = n;
    const level = Math.sqrt(wave.reduce((sum, v) => sum + v * v, 0) / wave.length);
    return {
      peak: level > 0.001 ? best * context.sampleRate / analyser.fftSize : 0, level,
    };
  } finally {
    context.close();
  }
}
"""


class Browsers:
    """Chromium processes of the session, one per microphone."""

    def __init__(self):
        self._playwright = sync_playwright().start()
        self._launched = {}

    def get(self, microphone=None):
        """The browser whose microphone plays the wav file ``microphone``."""
        browser = self._launched.get(microphone)
        if not browser or not browser.is_connected():
            plays = microphone and f"--use-file-for-fake-audio-capture={microphone}"
            browser = self._playwright.chromium.launch(
                executable_path=CHROMIUM, args=[*ARGUMENTS, *([plays] if plays else [])]
            )
            self._launched[microphone] = browser
        return browser

    @contextmanager
    def page(self, url, width, height, login=None, **options):
        """A French page, signed in as ``login``; an error in its scripts is a failure.

        :param str url: where its relative addresses begin
        :param int width: of the window, in pixels
        """
        context = self.get().new_context(
            base_url=url,
            viewport={"width": width, "height": height},
            locale="fr-FR",
            **options,
        )
        faults = []
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        try:
            if login:
                page.goto("/web/login")
                page.fill("input[name=login]", login)
                page.fill("input[name=password]", "demo")
                page.click("button[type=submit]")
                page.wait_for_url("**/odoo**")
            yield page
        finally:
            context.close()
        assert not faults

    def close(self):
        for browser in self._launched.values():
            with suppress(Exception):
                browser.close()
        self._playwright.stop()


class Desk:
    """An agent's tab with the desk in it.

    :param Session session: the agent's session, shared with the browser
    """

    def __init__(self, browser, session, folder):
        self.session, self.folder = session, folder
        self.errors = []
        self.context = browser.new_context(
            viewport={"width": 1440, "height": 900},
            permissions=["microphone"],
            locale="en-GB",
        )
        self.context.add_init_script(PROBE)
        self.context.add_cookies(
            [{"name": "session_id", "value": session.cookie, "url": session.url}]
        )
        self.page = None
        self.open()

    def open(self):
        """Open the desk in a new tab of this agent's browser and wait for it."""
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on(
            "console",
            lambda message: (
                self.errors.append(message.text) if message.type == "error" else None
            ),
        )
        self.page.goto(
            f"{self.session.url}/odoo/action-telecom_callcenter.action_telecom_desk",
            timeout=90_000,
        )
        self.hook("bar").wait_for(timeout=60_000)
        self.hook("desk").wait_for(timeout=30_000)
        return self

    def hook(self, name, **attributes):
        """The element with ``data-telecom=name``."""
        extra = "".join(
            f"[data-{key.replace('_', '-')}='{value}']"
            for key, value in attributes.items()
        )
        return self.page.locator(f"[data-telecom='{name}']{extra}").first

    def click(self, name, timeout=10, **attributes):
        self.hook(name, **attributes).click(timeout=timeout * 1000)

    def seen(self, name, timeout=10, **attributes):
        """Wait until the element shows."""
        element = self.hook(name, **attributes)
        element.wait_for(state="visible", timeout=timeout * 1000)
        return element

    def gone(self, name, timeout=10):
        self.hook(name).wait_for(state="hidden", timeout=timeout * 1000)

    def text(self, name):
        return self.hook(name).inner_text(timeout=5000)

    def registered(self, timeout=15):
        """Wait until the softphone is registered."""
        self.page.locator("[data-telecom='phone'][data-status='registered']").wait_for(
            state="attached", timeout=timeout * 1000
        )

    def heard(self):
        """Strongest frequency (Hz) and level of what the agent hears now."""
        return self.page.evaluate(HEARD)

    def hears(self, frequency, timeout=10):
        """Wait for a tone in the received sound."""
        return wait_for(
            lambda: abs(self.heard()["peak"] - frequency) < 25,
            timeout,
            lambda: f"a tone of {frequency} Hz at the agent: {self.heard()}",
        )

    def choose(self, tree):
        """Choose the first leaf of a tree, ``disposition`` or ``qualification``."""
        leaf = self.page.locator(f"[data-telecom='{tree}'] [data-code]").first
        leaf.click(timeout=10_000)

    def transfer(self, agent, how):
        """Send the present call to an agent, by ``blind-transfer`` or ``consult``."""
        self.transfer_to(f"agent:{agent.id}", how, agent.name)

    def transfer_to(self, target, how, query):
        """Send the present call to what ``query`` finds (``queue:<id>``…)."""
        self.click("transfer")
        self.seen("transfer-query").fill(query)
        self.page.locator(f"[data-target='{target}'] [data-telecom='{how}']").click(
            timeout=10_000
        )

    def page_errors(self):
        """What went wrong in the page, apart from what a closed connection says."""
        return [
            text
            for text in self.errors
            if "ERR_" not in text and "WebSocket connection" not in text
        ]

    def close_tab(self):
        """As a person closes it by mistake."""
        self.page.close()

    def screenshot(self, name):
        with suppress(Exception):
            self.page.screenshot(path=self.folder / f"{name}.png", timeout=5000)
        with suppress(Exception):
            (self.folder / f"{name}.console.json").write_text(
                json.dumps(self.errors[-200:], indent=1)
            )

    def close(self):
        with suppress(Exception):
            self.context.close()


def stopwatch():
    return time.monotonic()

"""Asterisk's files: rendered, put in place at once, reloaded and checked."""

import asyncio
import base64
import ipaddress
import logging
import os
import shutil
import socket
from pathlib import Path

from . import render
from .ami import AmiError
from .sound import SoundError, to_telephone

_logger = logging.getLogger(__name__)

#: Which module reads which file, in the order they are reloaded: endpoints before the
#: dialplan that dials them, queues before the dialplan that enters them.
MODULES = (
    ("pjsip.conf", "res_pjsip.so"),
    ("pjsip.conf", "res_pjsip_outbound_registration.so"),
    ("queuerules.conf", "app_queue.so"),
    ("queues.conf", "app_queue.so"),
    ("features.conf", "features"),
    ("extensions.conf", "pbx_config.so"),
)
LINK = "live"
KEPT = 5


class ConfigurationError(Exception):
    """Asterisk refused the files, or they could not be written; says why."""


class Files:
    """The gateway's folder in Asterisk's configuration.

    Each revision has a folder of its own; ``live`` is a symbolic link to one, changed
    in one step, so that Asterisk never reads half of each.
    """

    def __init__(self, folder):
        self.folder = Path(folder)

    def current(self):
        """The live files' texts by name; empty when there are none."""
        live = self.folder / LINK
        if not live.is_dir():
            return {}
        return {path.name: path.read_text() for path in live.glob("*.conf")}

    def put(self, texts):
        """Put texts into a folder of their own; returns its name."""
        name = f"rev-{render.revision(texts)}"
        target = self.folder / name
        if not target.is_dir():
            temporary = self.folder / f".{name}.{os.getpid()}"
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir(mode=0o750)
            for file_name, text in texts.items():
                path = temporary / file_name
                path.touch(mode=0o640)
                path.write_text(text)
            temporary.rename(target)
        return name

    def live_name(self):
        try:
            return os.readlink(self.folder / LINK)
        except OSError:
            return None

    def switch(self, name):
        """Make a folder the live one; None removes the link."""
        link = self.folder / LINK
        if name is None:
            link.unlink(missing_ok=True)
            return
        temporary = self.folder / f".{LINK}.{os.getpid()}"
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(name)
        temporary.replace(link)

    def clean(self):
        """Forget old revisions; the newest few help to see what changed."""
        live = self.live_name()
        folders = sorted(
            (path for path in self.folder.glob("rev-*") if path.name != live),
            key=lambda path: path.stat().st_mtime,
        )
        for path in folders[:-KEPT]:
            shutil.rmtree(path, ignore_errors=True)


def check_addresses(trunks):
    """Asterisk drops an address it cannot find without saying so to us.

    :raises ConfigurationError: a name that does not resolve
    """
    for trunk in trunks:
        for address in (trunk["match"] or trunk["host"]).split(","):
            address = address.strip()
            try:
                ipaddress.ip_network(address, strict=False)
            except ValueError:
                try:
                    socket.getaddrinfo(address, None)
                except (OSError, UnicodeError) as error:
                    raise ConfigurationError(
                        f"The trunk's address “{address}” cannot be found."
                    ) from error


def write_prompts(folder, audio):
    """Write recordings where the dialplan finds them.

    :param dict audio: base64 by prompt id
    :raises ConfigurationError: a recording that Asterisk cannot play
    """
    folder.mkdir(parents=True, exist_ok=True)
    for ident, data in audio.items():
        try:
            content = to_telephone(base64.b64decode(data or b""))
        except SoundError as error:
            raise ConfigurationError(
                f"The voice prompt {ident} cannot be played: {error}."
            ) from error
        path = folder / f"prompt{int(ident)}.wav"
        temporary = path.with_name(f".{path.name}")
        temporary.write_bytes(content)
        temporary.replace(path)


class Configurator:
    """Applies configurations; one at a time.

    :param callable connect: ``async () -> AmiClient`` of the user who may reload
    """

    def __init__(self, files, sounds, connect):
        self._files = files
        self._sounds = sounds
        self._connect = connect
        self._lock = asyncio.Lock()
        self._prompts = {}

    async def apply(self, configuration, load_audio, force=False):
        """Render and apply.

        :param callable load_audio: ``async (prompt ids) -> base64 by id``
        :param bool force: reload everything, changed or not
        :return: names of the files that changed
        :raises ConfigurationError: nothing changed in Asterisk; with the reason
        """
        async with self._lock:
            configuration = {**configuration, "sounds": str(self._sounds)}
            await asyncio.to_thread(check_addresses, configuration["trunks"])
            try:
                texts = render.render(configuration)
                await self._prompts_in_place(configuration["prompts"], load_audio)
                before = self._files.current()
                changed = {
                    name for name, text in texts.items() if before.get(name) != text
                }
                if not changed and not force:
                    return changed
                old = self._files.live_name()
                name = self._files.put(texts)
                self._files.switch(name)
            except (OSError, ValueError) as error:
                raise ConfigurationError(str(error)) from error
            try:
                await self._reload(set(texts) if force else changed, texts)
            except (ConfigurationError, AmiError) as error:
                self._files.switch(old)
                try:
                    await self._reload(set(texts), None)
                except (ConfigurationError, AmiError) as second:
                    _logger.error("The old files could not be reloaded: %s", second)
                raise ConfigurationError(str(error)) from error
            self._files.clean()
            return changed

    async def _prompts_in_place(self, prompts, load_audio):
        """Recordings that are new or changed, before the dialplan plays them."""
        wanted = {
            ident: stamp
            for ident, stamp in prompts.items()
            if self._prompts.get(ident) != stamp
        }
        if wanted:
            audio = await load_audio(list(wanted))
            await asyncio.to_thread(write_prompts, self._sounds, audio)
            self._prompts.update(wanted)

    async def _reload(self, changed, texts):
        client = await self._connect()
        try:
            done = set()
            for file_name, module in MODULES:
                if file_name in changed and module not in done:
                    done.add(module)
                    await client.action("Reload", Module=module, timeout=20)
            if texts is not None:
                await self._check(client, texts)
        finally:
            client.close()

    async def _check(self, client, texts):
        """What Asterisk has loaded must be what was rendered."""
        wanted = render.revision(texts)
        # A reload is answered before it is finished.
        for _attempt in range(50):
            response = await client.action("Getvar", Variable="TELECOM_REVISION")
            if response.get("Value") == wanted:
                break
            await asyncio.sleep(0.1)
        else:
            raise ConfigurationError(
                "Asterisk did not take the dialplan; its messages.log says why."
            )
        missing = await self._missing(client, texts)
        if missing:
            raise ConfigurationError(
                f"Asterisk refused {', '.join(sorted(missing)[:10])}; its messages.log "
                "says why."
            )

    async def _missing(self, client, texts):
        wanted = {
            "endpoint": set(_names(texts["pjsip.conf"], "type=endpoint")),
            "queue": set(_names(texts["queues.conf"], "strategy=")),
        }
        for _attempt in range(30):
            endpoints = (
                {
                    event["ObjectName"]
                    for event in await client.list_action("PJSIPShowEndpoints")
                    if event.get("ObjectName")
                }
                if wanted["endpoint"]
                else set()
            )
            queues = {
                event["Queue"]
                for event in await client.list_action("QueueSummary")
                if event.get("Queue")
            }
            missing = (wanted["endpoint"] - endpoints) | (wanted["queue"] - queues)
            if not missing:
                break
            await asyncio.sleep(0.1)
        return missing


def _names(text, marker):
    name = ""
    for line in text.splitlines():
        if line.startswith("["):
            name = line.strip("[]")
        elif line.startswith(marker):
            yield name

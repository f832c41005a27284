"""Compiles and runs a Java program of one file with what the stack has: `python -m rapport_testing.java FILE [ARGUMENT]`.

A process of its own because tests may not fetch. The Java runtime of the stack has no compiler: Eclipse's is fetched once,
as Kafka's jars are.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from rapport_cli.local import jars
from rapport_cli.local.jars import Jar
from rapport_cli.local.kafka import FLAGS, find_java
from rapport_cli.local.process import StackError

COMPILER = Jar("org.eclipse.jdt:ecj:3.46.100", "74c93172475fee0cd4e6eefb44233516dd40525642da35d009146d97ea598229")
LEVEL = "-17"
"""What analysts have; also the oldest runtime that the stack takes."""
CLIENT = {"kafka-clients", "lz4-java", "slf4j-api"}
"""Of what Maven brings with `org.apache.kafka:kafka-clients`, that which reading Rapport's topics needs."""


def run(program: Path, *arguments: str) -> int:
    """Compile `program`, its classes beside it, and become the class of its name, run with `arguments`.

    Returns only when it does not compile: with the status of the compiler, which has said why on stderr. Raises StackError
    when there is no Java, or when a jar cannot be had or is not the one that is pinned.
    """
    java = find_java()
    (compiler,) = jars.ensure(_say, jars.cache() / "ecj", [COMPILER], "a Java compiler")
    client = jars.ensure(_say, jars=[pin for pin in jars.pinned() if pin.coordinate.split(":")[1] in CLIENT])
    path = os.pathsep.join(map(str, [program.parent, *client]))
    compiling: list[str | Path] = [java, *FLAGS, "-jar", compiler, LEVEL, "-classpath", path, "-d", program.parent, program]
    status = subprocess.run(compiling, check=False).returncode
    if status == 0:
        os.execv(java, [str(java), *FLAGS, "-classpath", path, program.stem, *arguments])  # noqa: S606 - no shell is wanted
    return status


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    try:
        sys.exit(run(Path(sys.argv[1]).absolute(), *sys.argv[2:]))
    except StackError as error:
        sys.exit(str(error))

"""Runs reprompt and DuckDB in turn on chat.jsonl in a folder, each as a process of its own, and prints what each took."""

import os
import shutil
import subprocess
import sys
import time

RUNS = 3
LOAD = """
import duckdb, sys
connection = duckdb.connect(sys.argv[2], config={"threads": 2})
connection.execute("CREATE TABLE traces AS SELECT * FROM read_json(?, format='newline_delimited', maximum_object_size=67108864)", [sys.argv[1]])
connection.close()
"""


def measured(command, environment):
    """Seconds of wall time, seconds of processor time and MB of memory at most of one process."""
    begun = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    took = time.monotonic() - begun
    message = process.stderr.read().decode()
    if status != 0:
        sys.exit(f"{command} ended with {status}: {message}")
    return took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def size(folder):
    """MB of all files in a folder."""
    return sum(os.path.getsize(os.path.join(root, name)) for root, _, names in os.walk(folder) for name in names) / 1e6


def best(rows):
    return min(rows, key=lambda row: row[0])


def main():
    work, reprompt = sys.argv[1:]
    home = os.path.join(work, "home")
    os.makedirs(os.path.join(home, "repo"))
    environment = {"PATH": os.environ["PATH"], "HOME": home}
    print(f"{'what':34} {'seconds':>8} {'CPU':>7} {'MB memory':>10} {'MB on disk':>10} {'x of input':>10}")
    path = os.path.join(work, "chat.jsonl")
    raw = os.path.getsize(path) / 1e6
    ours, theirs, again = [], [], []
    for _ in range(RUNS):
        table = os.path.join(work, "table.duckdb")
        for old in [table, table + ".wal"]:
            if os.path.exists(old):
                os.remove(old)
        theirs.append(measured([sys.executable, "-c", LOAD, path, table], environment))
        disk = os.path.getsize(table) / 1e6
        cache = os.path.join(work, "cache")
        shutil.rmtree(cache, ignore_errors=True)
        command = [reprompt, "-C", os.path.join(home, "repo"), "--cache", cache, "ingest", path]
        ours.append(measured(command, environment))
        kept = size(cache)
        again.append(measured(command, environment))
    rows = [
        ("DuckDB, 2 threads", best(theirs), disk),
        ("reprompt ingest", best(ours), kept),
        ("  the same input again", best(again), kept),
    ]
    for name, (took, cpu, memory), stored in rows:
        print(f"{name:34} {took:8.2f} {cpu:7.2f} {memory:10.0f} {stored:10.0f} {stored / raw:10.2f}")
    spans = os.path.join(work, "otlp.jsonl")
    size_of_spans = os.path.getsize(spans) / 1e6
    shutil.rmtree(cache, ignore_errors=True)
    command = [reprompt, "-C", os.path.join(home, "repo"), "--cache", cache, "ingest", spans]
    took, cpu, memory = measured(command, environment)
    print(f"{'reprompt ingest, OTLP':34} {took:8.2f} {cpu:7.2f} {memory:10.0f} {size(cache):10.0f} {size(cache) / size_of_spans:10.2f}")
    print(f"  {size_of_spans:.0f} MB of OTLP: {size_of_spans / took:.0f} MB/s")
    first, peer, second = best(ours)[0], best(theirs)[0], best(again)[0]
    print(
        f"  {raw:.0f} MB of chat: {peer / first:.2f} x as fast as DuckDB; {raw / first:.0f} MB/s; "
        f"again {first / second:.1f} x faster"
    )


main()

"""Runs reprompt and scikit-learn in turn on first.jsonl in a folder, folds more.jsonl into the first, and prints what each
took and how far it agrees with the labels. Each step is a process of its own."""

import json
import os
import subprocess
import sys
import time

# Words, k-means with the true number of labels (which nobody tells reprompt), three starts. One setting, not a search:
# a reduction before k-means would find more.
PEER = """
import json, sys
import numpy
from sklearn.cluster import MiniBatchKMeans
from sklearn.feature_extraction.text import TfidfVectorizer
texts = [json.loads(line)["messages"][0]["content"] for line in open(sys.argv[1])]
rows = TfidfVectorizer(sublinear_tf=True, min_df=5, max_df=0.5, stop_words="english", dtype=numpy.float32).fit_transform(texts)
del texts
kmeans = MiniBatchKMeans(n_clusters=int(sys.argv[2]), batch_size=16384, n_init=3, max_iter=20, random_state=0)
found = kmeans.fit_predict(rows)
json.dump([int(label) for label in found], open(sys.argv[3], "w"))
"""


def measured(command, environment, out=subprocess.DEVNULL):
    """Seconds of wall time, seconds of processor time and MB of memory at most of one process."""
    begun = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=out)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command} ended with {status}")
    return time.monotonic() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def labels(path):
    return {item["id"]: item["label"] for item in map(json.loads, open(path))}


def main():
    work, reprompt, peer = sys.argv[1:]
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    home = os.path.join(work, "home")
    os.makedirs(os.path.join(home, "repo"))
    environment = dict(os.environ, HOME=home, OMP_NUM_THREADS="2")
    command = [reprompt, "-C", os.path.join(home, "repo"), "--cache", os.path.join(work, "cache")]
    first, more = labels(os.path.join(work, "first.labels")), labels(os.path.join(work, "more.labels"))
    print(f"{'what':40} {'seconds':>8} {'CPU':>8} {'MB':>7} {'intents':>8} {'NMI':>6} {'ARI':>6} {'tail %':>7}")

    def show(what, cost, gold=None, found=None, intents="", tail=""):
        agreement = " " * 13
        if found is not None:
            nmi, ari = normalized_mutual_info_score(gold, found), adjusted_rand_score(gold, found)
            agreement = f"{100 * nmi:6.1f} {100 * ari:6.1f}"
        print(f"{what:40} {cost[0]:8.1f} {cost[1]:8.1f} {cost[2]:7.0f} {intents:>8} {agreement} {tail:>7}", flush=True)

    def assigned(wanted):
        """Gold and found labels of the goals in `wanted`, as the command prints them."""
        path = os.path.join(work, "assignments")
        with open(path, "wb") as out:
            measured([*command, "intents", "assignments"], environment, out)
        rows = [row for row in map(json.loads, open(path)) if row["external_id"] in wanted]
        gold = [wanted[row["external_id"]] for row in rows]
        found = [row["intent"] or "" for row in rows]
        tail = sum(label == "" for label in found)
        return gold, found, len(set(found) - {""}), f"{100 * tail / max(len(rows), 1):.1f}"

    for name, wanted in [("first", first), ("more", more)]:
        if not wanted:
            continue
        file = os.path.join(work, f"{name}.jsonl")
        show(f"reprompt ingest, {len(wanted):,} more", measured([*command, "ingest", file], environment))
        cost = measured([*command, "intents"], environment)
        show(f"reprompt intents, {len(wanted):,} more", cost, *assigned(wanted))
    if peer == "sklearn":
        number, path = len(set(first.values())), os.path.join(work, "found.json")
        arguments = [os.path.join(work, "first.jsonl"), str(number), path]
        cost = measured([sys.executable, "-c", PEER, *arguments], environment)
        show("scikit-learn, given the true number", cost, list(first.values()), json.load(open(path)), number)


if __name__ == "__main__":
    main()

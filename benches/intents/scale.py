"""Runs reprompt's commands and scikit-learn in turn on first.jsonl in a folder, folds more.jsonl into the first, does the
same for small.jsonl in a cache of its own, and prints what each took and how far it agrees with the labels. Each step is a
process of its own."""

import json
import os
import subprocess
import sys
import time

# Words, k-means in mini-batches with the true number of labels, which nobody tells reprompt: as scikit-learn has them by
# default, and with more patience and no reassignment of small clusters, the best of half a dozen settings that were
# tried on 20,000 goals. A reduction before k-means would find more.
PEER = """
import json, sys
import numpy
from sklearn.cluster import MiniBatchKMeans
from sklearn.feature_extraction.text import TfidfVectorizer
texts = [json.loads(line)["messages"][0]["content"] for line in open(sys.argv[1])]
if sys.argv[4] == "defaults":
    words, more = TfidfVectorizer(), {}
else:
    words = TfidfVectorizer(sublinear_tf=True, min_df=5, max_df=0.5, stop_words="english", dtype=numpy.float32)
    more = {"batch_size": 4096, "n_init": 3, "reassignment_ratio": 0, "max_no_improvement": 50}
rows = words.fit_transform(texts)
del texts
found = MiniBatchKMeans(n_clusters=int(sys.argv[2]), random_state=0, **more).fit_predict(rows)
json.dump([int(label) for label in found], open(sys.argv[3], "w"))
"""


# Starts one process from a small one: Linux counts the memory of a process towards the peak of what it starts.
STARTER = """
import json, os, subprocess, sys, time
begun = time.monotonic()
with open(sys.argv[1], "wb") as out:
    process = subprocess.Popen(sys.argv[3:], stdout=out)
_, status, usage = os.wait4(process.pid, 0)
cost = [time.monotonic() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024]
json.dump({"status": status, "cost": cost}, open(sys.argv[2], "w"))
"""


def measured(command, environment, work, out=os.devnull):
    """Seconds of wall time, seconds of processor time and MB of memory at most of one process."""
    report = os.path.join(work, "cost.json")
    subprocess.run([sys.executable, "-S", "-c", STARTER, out, report, *command], env=environment, check=True)
    found = json.load(open(report))
    if found["status"] != 0:
        sys.exit(f"{command} ended with {found['status']}")
    return found["cost"]


def labels(path):
    return {item["id"]: item["label"] for item in map(json.loads, open(path))}


def main():
    work, reprompt, peer = sys.argv[1:]
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    home = os.path.join(work, "home")
    os.makedirs(os.path.join(home, "repo"))
    environment = dict(os.environ, HOME=home, OMP_NUM_THREADS="2")
    gold = {name: labels(os.path.join(work, f"{name}.labels")) for name in ["first", "more", "small"]}
    print(f"{'what':48} {'seconds':>8} {'CPU':>8} {'MB':>7} {'intents':>8} {'NMI':>6} {'ARI':>6} {'tail %':>7}")

    def show(what, cost, gold=None, found=None, intents="", tail=""):
        agreement = " " * 13
        if found is not None:
            nmi, ari = normalized_mutual_info_score(gold, found), adjusted_rand_score(gold, found)
            agreement = f"{100 * nmi:6.1f} {100 * ari:6.1f}"
        print(f"{what:48} {cost[0]:8.1f} {cost[1]:8.1f} {cost[2]:7.0f} {intents:>8} {agreement} {tail:>7}", flush=True)

    def assigned(path, wanted):
        """Gold and found labels of the goals in `wanted`, as the command printed them."""
        rows = (row for row in map(json.loads, open(path)) if row["external_id"] in wanted)
        pairs = [(wanted[row["external_id"]], row["intent"] or "") for row in rows]
        gold, found = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        tail = sum(label == "" for label in found)
        return gold, found, len(set(found) - {""}), f"{100 * tail / max(len(found), 1):.1f}"

    def steps(cache, names):
        """Reads and fits the first of the files, then folds the others in."""
        command = [reprompt, "-C", os.path.join(home, "repo"), "--cache", os.path.join(work, cache)]
        run = lambda *arguments: measured([*command, *arguments], environment, work)
        for number, name in enumerate(name for name in names if gold[name]):
            more = f"{len(gold[name]):,} more" if number else f"{len(gold[name]):,}"
            show(f"reprompt ingest, {more}", run("ingest", os.path.join(work, f"{name}.jsonl")))
            cost = run("intents")
            path = os.path.join(work, "assignments")
            after = measured([*command, "intents", "assignments"], environment, work, path)
            show(f"reprompt intents, {more} ({'fold' if number else 'first fit'})", cost, *assigned(path, gold[name]))
            show("reprompt intents assignments, nothing new", after)
        show("reprompt intents, nothing new", run("intents"))

    steps("small", ["small"])
    steps("cache", ["first", "more"])
    if peer == "sklearn":
        first = gold["first"]
        number, path = len(set(first.values())), os.path.join(work, "found.json")
        for setting in ["defaults", "patient"]:
            arguments = [os.path.join(work, "first.jsonl"), str(number), path, setting]
            cost = measured([sys.executable, "-c", PEER, *arguments], environment, work)
            show(f"scikit-learn, true number, {setting}", cost, list(first.values()), json.load(open(path)), number)


if __name__ == "__main__":
    main()

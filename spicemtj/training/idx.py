"""IDX files, gzipped or not: the format in which MNIST is handed on (big-endian: two zero bytes, a type, a rank, the lengths, the data)."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

UNSIGNED_BYTE = 8
IMAGES = ("train-images-idx3-ubyte", "t10k-images-idx3-ubyte")
LABELS = ("train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte")
WHERE = "the four files of the MNIST database of handwritten digits (LeCun, Cortes, Burges)"

Bytes = NDArray[np.uint8]


def read_idx(path: Path) -> Bytes:
    """The array of unsigned bytes in an IDX file; `InputError` where it is damaged or another kind of file."""
    try:
        raw = path.read_bytes()
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}; it should be an IDX file, gzipped or not") from None
    except (EOFError, zlib.error):
        raise InputError(f"{path} is damaged: its compressed data break off; copy the file anew") from None
    if len(raw) < 4 or raw[:3] != bytes((0, 0, UNSIGNED_BYTE)):
        raise InputError(f"{path} is not an IDX file of unsigned bytes: it starts with 0x{raw[:4].hex()}, not 0x000008")
    rank = raw[3]
    if len(raw) < 4 + 4 * rank:
        raise InputError(f"{path} is damaged: it breaks off within its head; copy the file anew")
    shape = struct.unpack(f">{rank}I", raw[4 : 4 + 4 * rank])
    wanted, found = int(np.prod(shape, dtype=np.int64)), len(raw) - 4 - 4 * rank
    if found != wanted:
        raise InputError(f"{path} is damaged: {wanted} bytes of data expected, {found} found; copy the file anew")
    return np.frombuffer(raw, dtype=np.uint8, offset=4 + 4 * rank).reshape(shape)


def read_mnist(folder: Path) -> tuple[Bytes, Bytes, Bytes, Bytes]:
    """(x_train, y_train, x_test, y_test) from the four files in a folder: images (samples, pixels), labels (samples,)."""
    parts: list[Bytes] = []
    for images, labels in zip(IMAGES, LABELS, strict=True):
        x, y = read_idx(_found(folder, images)), read_idx(_found(folder, labels))
        if x.ndim != 3 or y.ndim != 1 or len(x) != len(y) or not len(x):
            raise InputError(
                f"{folder}: {images} {x.shape} and {labels} {y.shape} do not belong together; one label an image is expected"
            )
        if parts and x.shape[1:] != parts[0].shape[1:]:
            raise InputError(f"{folder}: training images of {parts[0].shape[1:]} pixels and test images of {x.shape[1:]}")
        parts += [x, y]
    x_train, y_train, x_test, y_test = parts
    return x_train.reshape(len(x_train), -1), y_train, x_test.reshape(len(x_test), -1), y_test


def _found(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise InputError(f"{folder} has no {name} (or {name}.gz); put {WHERE} there, or name their folder in data.path")

"""Every figure that the README quotes: `make bench`. Takes about twenty minutes on two cores."""

from __future__ import annotations

import json

from benchmarks import bccd, canvas, save_latency


def main() -> None:
    figures = {
        "bccd": bccd.measure(minutes=6.0, preset="retinanet-lite"),
        "save_latency": save_latency.measure(images=10_000, saves=200),
        "canvas": canvas.measure(steps=120),
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Makes tables.h and tables.c: the residual factor R of a warm call as a dense
integer table, so that the model needs no libm.

    python3 src/faas/tables.py           writes both files beside this script
    python3 src/faas/tables.py --check   exits 1 if they differ from what it would write

R = latency / median, measured in 2023 (1000..1280 events per run, Java and
Python). The quantiles below are joined by straight lines of ln R over p; each
of the segments is cut into STEPS equal parts of p, between which the model
interpolates linearly (relative error below 10^-4). Decimal arithmetic gives the
same digits on every machine.
"""
import sys
from decimal import Decimal, getcontext
from pathlib import Path

STEPS = 32
P = "0 .01 .05 .10 .25 .50 .75 .90 .95 .99 .999 1"
R = {  # (client, language): quantiles at P; mean of all samples
    ("quiet", "python"): (".718 .795 .842 .868 .927 1 1.079 1.289 1.627 2.737 4.264 16.1", "1.08"),
    ("quiet", "java"): (".455 .711 .812 .844 .938 1 1.118 1.412 1.727 2.882 5.925 10.0", "1.10"),
    ("noisy", "python"): (".542 .646 .698 .750 .841 1 1.351 2.090 3.000 6.776 15.30 27.4", "1.34"),
    ("noisy", "java"): (".568 .635 .688 .750 .829 1 1.390 2.159 2.818 5.116 9.444 14.5", "1.30"),
}
ABOUT = "/* Made by tables.py beside it; do not edit. */\n"


def integer(x):
    return int(x.to_integral_value(rounding="ROUND_HALF_EVEN"))


def dense(quantiles):
    """R at STEPS equal steps of p in each segment, ppm, both ends included."""
    r = [Decimal(q) for q in quantiles.split()]
    assert len(r) == len(P.split()) and r == sorted(r)
    out = []
    for low, high in zip(r, r[1:]):
        slope = (high / low).ln() / STEPS
        out += [integer(low * (slope * i).exp() * 10**6) for i in range(STEPS)]
    return out + [integer(r[-1] * 10**6)]


def mean(quantiles):
    """Mean of the joined curve, to hold against the measured mean."""
    p = [Decimal(x) for x in P.split()]
    r = [Decimal(q) for q in quantiles.split()]
    cells = zip(p, p[1:], r, r[1:])
    return sum((b - a) * (high - low) / (high / low).ln() for a, b, low, high in cells)


def header():
    segments = len(P.split()) - 1
    return (ABOUT + "#ifndef FAAS_TABLES_H\n#define FAAS_TABLES_H\n\n#include <stdint.h>\n\n"
            f"#define RESIDUAL_SEGMENTS {segments}\n"
            f"#define RESIDUAL_STEPS {STEPS} /* per segment */\n"
            "#define RESIDUAL_POINTS (RESIDUAL_SEGMENTS * RESIDUAL_STEPS + 1)\n\n"
            "/* Where the segments begin and end: p * 2^32. */\n"
            "extern const uint64_t residual_knot[RESIDUAL_SEGMENTS + 1];\n"
            "/* R in ppm, by [noisy client][language] (python, java). */\n"
            "extern const uint32_t residual_ppm[2][2][RESIDUAL_POINTS];\n\n#endif\n")


def rows(numbers, indent):
    lines, line = [], " " * indent
    for n in numbers:
        word = f"{n},"
        if len(line) + 1 + len(word) > 98:
            lines.append(line.rstrip())
            line = " " * indent
        line += word + " "
    return "\n".join(lines + [line.rstrip()]) + "\n"


def source():
    knots = [integer(Decimal(x) * 2**32) for x in P.split()]
    out = ABOUT + '#include "faas/tables.h"\n\n'
    out += "const uint64_t residual_knot[RESIDUAL_SEGMENTS + 1] = {\n"
    out += rows(knots, 4) + "};\n\n"
    out += "const uint32_t residual_ppm[2][2][RESIDUAL_POINTS] = {\n"
    for client in ("quiet", "noisy"):
        out += "    {\n"
        for language in ("python", "java"):
            out += f"        {{ /* {client} client, {language} */\n"
            out += rows(dense(R[client, language][0]), 12) + "        },\n"
        out += "    },\n"
    return out + "};\n"


def main():
    getcontext().prec = 40
    for key, (quantiles, measured) in R.items():
        joined = mean(quantiles)
        assert abs(joined / Decimal(measured) - 1) < Decimal("0.06"), (key, joined, measured)
    here = Path(__file__).parent
    files = {here / "tables.h": header(), here / "tables.c": source()}
    if sys.argv[1:] == ["--check"]:
        stale = [str(path) for path, text in files.items()
                 if not path.exists() or path.read_bytes() != text.encode()]
        if stale:
            sys.exit("not what tables.py makes: " + ", ".join(stale))
        return
    if sys.argv[1:]:
        sys.exit(__doc__)
    for path, text in files.items():
        path.write_bytes(text.encode())


if __name__ == "__main__":
    main()

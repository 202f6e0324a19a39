"""pack.py OUT FILE NAME [FILE NAME]...: a zip (or jar) of FILEs under NAMEs.

The same files give the same bytes wherever and whenever it runs: fixed times and modes, names in
order, nothing compressed (handlers are a few KiB, and start faster so).
"""

import os
import sys
import zipfile

JAR_MANIFEST = b"Manifest-Version: 1.0\r\n\r\n"


def pack(out, files):
    """files: {name in the zip: bytes}; the manifest of a jar comes first, as readers expect."""
    names = sorted(files, key=lambda name: (name != "META-INF/MANIFEST.MF", name))
    with zipfile.ZipFile(out + ".new", "w", zipfile.ZIP_STORED) as archive:
        for name in names:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            archive.writestr(info, files[name])
    os.replace(out + ".new", out)


def main(arguments):
    if len(arguments) < 3 or len(arguments) % 2 == 0:
        sys.exit(__doc__)
    out, pairs = arguments[0], arguments[1:]
    files = {}
    for path, name in zip(pairs[::2], pairs[1::2]):
        with open(path, "rb") as f:
            files[name] = f.read()
    if out.endswith(".jar"):
        files["META-INF/MANIFEST.MF"] = JAR_MANIFEST
    pack(out, files)


if __name__ == "__main__":
    main(sys.argv[1:])

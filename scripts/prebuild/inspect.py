"""What a linked addon requires of a system and exports, as JSON: {file: facts}. Needs lief.

    python3 inspect.py FILE ...
"""

import json
import sys

import lief

lief.logging.disable()


def version_of(name):
    """(2, 17) of "GLIBC_2.17"."""
    return tuple(int(part) for part in name.removeprefix("GLIBC_").split("."))


def elf_facts(binary):
    needs = [aux.name for req in binary.symbols_version_requirement for aux in req.get_auxiliary_symbols()]
    glibc = sorted(version_of(name) for name in needs if name.startswith("GLIBC_2"))
    return {
        "format": "ELF",
        "libraries": list(binary.libraries),
        "exports": sorted({symbol.name for symbol in binary.exported_symbols}),
        "glibc": ".".join(str(part) for part in glibc[-1]) if glibc else None,
        "stripped": len(list(binary.symtab_symbols)) == 0,
    }


def pe_facts(binary):
    return {
        "format": "PE",
        "libraries": [entry.name for entry in binary.imports],
        "exports": sorted(entry.name for entry in binary.get_export().entries),
        "stripped": len(list(binary.symbols)) == 0,
    }


def mach_o_facts(binary):
    return {
        "format": "Mach-O",
        "libraries": [
            library.name
            for library in binary.libraries
            if library.command != lief.MachO.LoadCommand.TYPE.ID_DYLIB  # its own name
        ],
        # Mach-O prefixes every name with an underscore.
        "exports": sorted(symbol.name.removeprefix("_") for symbol in binary.exported_symbols),
        "minimum": ".".join(str(part) for part in binary.build_version.minos),
        "signed": binary.has_code_signature,
    }


def facts_of(file):
    binary = lief.parse(file)
    if isinstance(binary, lief.ELF.Binary):
        return elf_facts(binary)
    if isinstance(binary, lief.PE.Binary):
        return pe_facts(binary)
    if isinstance(binary, lief.MachO.Binary):
        return mach_o_facts(binary)
    return {"format": "unknown"}


print(json.dumps({file: facts_of(file) for file in sys.argv[1:]}))

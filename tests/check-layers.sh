#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# The layers of docs/ARCHITECTURE.md and the limits of HACKING.md, checked over the sources: which headers a folder may
# include, no printing in library code, no goto, no file above 500 lines and no function above 80. What a folder may use
# is read from Makefile.am (its *_INCLUDES). Each breach is a line "FILE:LINE: what".
#
# Without arguments (as `make check` runs it): tests itself, then checks the tree in $srcdir. With a folder: checks that.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# includes_of MAKEFILE: "layer folder …" a line, with variables in variables filled in.
includes_of() {
    sed -e ':a' -e '/\\$/{N;s/\\\n//;ba' -e '}' "$1" | awk '
        /^[A-Z]+_INCLUDES *=/ {
            name = $1; sub(/_INCLUDES.*/, "", name)
            sub(/^[^=]*=/, "")
            value[name] = $0
            order[++n] = name
        }
        END {
            for (i = 1; i <= n; i++) {
                text = value[order[i]]
                while (match(text, /\$\([A-Z]+_INCLUDES\)/)) {
                    inner = substr(text, RSTART + 2, RLENGTH - 3); sub(/_INCLUDES/, "", inner)
                    text = substr(text, 1, RSTART - 1) " " value[inner] " " substr(text, RSTART + RLENGTH)
                }
                layer = order[i] == "AGENT" ? "guest-agent" : tolower(order[i])
                line = layer
                k = split(text, words, " ")
                for (j = 1; j <= k; j++)
                    if (words[j] ~ /\/src\/|\/guest-agent/) { sub(/.*\//, "", words[j]); line = line " " words[j] }
                print line
            }
        }'
}

# headers_of TREE: "header folder" a line.
headers_of() {
    find "$1/src" "$1/guest-agent" -name '*.h' 2>/dev/null | awk -F/ '{ print $NF, $(NF - 1) }'
}

# check TREE: prints the breaches; fails where there is one.
check() (
    cd "$1"
    mapfile -t files < <(find src guest-agent tests -name '*.[ch]' -type f 2>/dev/null | LC_ALL=C sort)
    ((${#files[@]} > 0)) || { echo "$1: no sources here" >&2; exit 2; }
    out=$(LC_ALL=C awk -v HEADERS="$(headers_of .)" -v USES="$(includes_of Makefile.am)" \
        -f "$here/check-layers.awk" "${files[@]}")
    [[ -z $out ]] || { printf '%s\n' "$out"; exit 1; }
)

# put FILE: from standard input.
put() {
    mkdir -p "$(dirname "$1")"
    cat >"$1"
}

# repeat N LINE
repeat() {
    for ((i = 0; i < $1; i++)); do printf '%s\n' "$2"; done
}

# A small tree with one breach of each kind, beside what looks like one and is none.
make_bad_tree() {
    put Makefile.am <<'EOF'
BASE_INCLUDES = -I$(top_builddir) -I$(srcdir)/src/base
MODEL_INCLUDES = $(BASE_INCLUDES) \
	-I$(srcdir)/src/model
VIRT_INCLUDES = $(MODEL_INCLUDES) -I$(srcdir)/src/virt
CLI_INCLUDES = $(MODEL_INCLUDES) -I$(srcdir)/src/cli
AGENT_INCLUDES = $(MODEL_INCLUDES) -I$(srcdir)/guest-agent
EOF
    put src/base/io.h </dev/null
    put src/virt/virt.h </dev/null
    put src/virt/name.h </dev/null # a name that two folders have
    put src/model/name.h </dev/null
    put src/cli/cli.h </dev/null
    put src/base/io.c <<'EOF'
#include "host.h"
#include <unistd.h>
#include <libxml/tree.h>
EOF
    put src/model/host.h <<'EOF'
#include "io.h"
#include "config.h"
#include <string.h>
#include <sys/stat.h>
#include "../virt/virt.h"
#include "virt.h"
EOF
    put src/model/host.c <<'EOF'
/* goto and printf("…") in a comment
#include "virt.h"
 */
static const char *text = "goto x; printf(\"\\\"\")"; // stderr
static int
snprintf_like(void)
{
    my_printf("x");
    goto out;
out:
    printf("x");
    return fputs("x", stderr);
}
EOF
    put src/virt/virt.c <<'EOF'
#include "virt.h"
#include "host.h"
#include <libvirt/libvirt.h>
#include <pci/pci.h>
#include <png.h>
#include <archive.h>
#include <sqlite3.h>
EOF
    put src/cli/main.c <<'EOF'
#include <stdio.h>
#include "cli.h"
#include "virt.h"
#include <libvirt/virterror.h>
void say(void) { printf("x"); }
EOF
    put src/extra/new.c <<'EOF'
#include "io.h"
EOF
    put guest-agent/agent.c <<'EOF'
#include "host.h"
#include "virt.h"
#include "name.h"
void say(void) { puts("x"); }
EOF
    { printf 'void\nf(void)\n{\n'; repeat 80 '    x();'; printf '}\n'
      printf 'void\ng(void)\n{\n'; repeat 81 '    x();'; printf '}\n'; } | put tests/unit/test-x.c
    repeat 500 'int x;' | put tests/unit/test-full.c
    repeat 501 'int x;' | put tests/unit/test-over.c
}

expected() {
    cat <<'EOF'
guest-agent/agent.c:2: "virt.h" is of virt, which guest-agent may not use
src/base/io.c:1: "host.h" is of model, which base may not use
src/base/io.c:3: <libxml/tree.h> outside src/domxml
src/cli/main.c:3: "virt.h" is of virt, which cli may not use
src/cli/main.c:4: <libvirt/virterror.h> outside src/virt
src/extra/new.c:1: Makefile.am does not say what extra may use
src/extra/new.c:1: "io.h" is of base, which extra may not use
src/model/host.c:9: goto
src/model/host.c:11: library code does not print
src/model/host.c:12: library code does not print
src/model/host.h:4: <sys/stat.h> in src/model, which does no I/O
src/model/host.h:5: "../virt/virt.h": a header is named without its folder
src/model/host.h:6: "virt.h" is of virt, which model may not use
src/virt/virt.c:4: <pci/pci.h> outside src/probe
src/virt/virt.c:5: <png.h> outside src/app
src/virt/virt.c:6: <archive.h> outside src/guest and src/snapshot
src/virt/virt.c:7: <sqlite3.h> outside src/guest
tests/unit/test-over.c:501: 501 lines, 500 are allowed
tests/unit/test-x.c:87: a function of 81 lines, 80 are allowed
EOF
}

self_test() (
    tree=$(mktemp -d)
    trap 'rm -rf "$tree"' EXIT
    cd "$tree"
    make_bad_tree
    status=0
    check "$tree" >found || status=$?
    expected >wanted
    diff -u wanted found >&2 && ((status == 1)) || { echo "check-layers.sh: its self-test failed" >&2; exit 1; }
    # Without the bad files it is content.
    rm -r src/virt src/extra src/model/host.h src/model/host.c guest-agent tests src/base/io.c src/cli/main.c
    put src/base/io.c </dev/null
    check "$tree" >&2
)

if (($# > 0)); then
    check "$1"
else
    self_test
    check "${srcdir:-$here/..}"
fi

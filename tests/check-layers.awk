# SPDX-License-Identifier: GPL-2.0-or-later

# Reads C files and prints "FILE:LINE: what" for each breach of HACKING.md and of the layers. Run by check-layers.sh,
# which gives: folders of headers ("header folder" pairs) in HEADERS, what each layer may use in USES ("layer folder …",
# a line each).

function breach(what)
{
    printf "%s:%d: %s\n", FILENAME, FNR, what
}

# The line without comments, and with strings and characters emptied. in_comment goes over lines.
function code_of(line, out, i, c, two, quote)
{
    out = ""
    quote = ""
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        two = substr(line, i, 2)
        if (in_comment) {
            if (two == "*/") { in_comment = 0; i++ }
        } else if (quote != "") {
            if (c == "\\") i++
            else if (c == quote) { quote = ""; out = out c }
        } else if (two == "/*") { in_comment = 1; i++; out = out " " }
        else if (two == "//") break
        else {
            if (c == "\"" || c == "'") quote = c
            out = out c
        }
    }
    return out
}

# src/base/io.c → "base"; guest-agent/x.c → "guest-agent"; else "" (tests: only sizes and goto count).
function layer_of(path, parts, n, i)
{
    n = split(path, parts, "/")
    for (i = n - 1; i >= 1; i--) {
        if (parts[i] == "tests") return ""
        if (parts[i] == "guest-agent") return parts[i]
        if (parts[i] == "src" && i == n - 2) return parts[n - 1]
    }
    return ""
}

function is_pure(layer) { return layer ~ /^(model|know|diagnose|domxml|decide)$/ }

# Which layers a library's headers belong to.
function check_system_header(name)
{
    if (name ~ /^libvirt\// && layer != "virt") breach("<" name "> outside src/virt")
    if (name ~ /^libxml\// && layer != "domxml") breach("<" name "> outside src/domxml")
    if (name ~ /^pci\// && layer != "probe") breach("<" name "> outside src/probe")
    if (name == "png.h" && layer != "app") breach("<" name "> outside src/app")
    if (name == "sqlite3.h" && layer != "guest") breach("<" name "> outside src/guest")
    if (name ~ /^archive(_entry)?\.h$/ && layer !~ /^(guest|snapshot)$/)
        breach("<" name "> outside src/guest and src/snapshot")
    if (name ~ /^(fcntl\.h|unistd\.h|dirent\.h|sys\/.*)$/ && is_pure(layer))
        breach("<" name "> in src/" layer ", which does no I/O")
}

# A name may be that of headers in several folders; one of them in reach will do.
function check_project_header(name, folders, n, i)
{
    if (name ~ /\//) { breach("\"" name "\": a header is named without its folder"); return }
    n = split(folders_of[name], folders, " ")
    for (i = 1; i <= n; i++)
        if (folders[i] == layer || (layer, folders[i]) in may_use) return
    if (n) breach("\"" name "\" is of " folders[1] ", which " layer " may not use")
}

function check_include(line, name)
{
    name = line
    sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
    if (name ~ /^</) {
        sub(/^</, "", name); sub(/>.*/, "", name)
        check_system_header(name)
    } else if (name ~ /^"/) {
        sub(/^"/, "", name); sub(/".*/, "", name)
        check_project_header(name)
    }
}

function check_printing(code)
{
    if (layer == "cli" || layer == "guest-agent") return
    if (code ~ /(^|[^A-Za-z0-9_])(v?printf|puts|putchar|perror|v?dprintf|g_print|g_printerr)[ ]*\(/ ||
        code ~ /(^|[^A-Za-z0-9_])(stdout|stderr)([^A-Za-z0-9_]|$)/)
        breach("library code does not print")
}

function end_file()
{
    if (last_file != "" && last_line > 500) printf "%s:501: %d lines, 500 are allowed\n", last_file, last_line
}

BEGIN {
    n = split(HEADERS, pairs, "\n")
    for (i = 1; i <= n; i++) { split(pairs[i], words, " "); folders_of[words[1]] = folders_of[words[1]] words[2] " " }
    n = split(USES, lines, "\n")
    for (i = 1; i <= n; i++) {
        k = split(lines[i], words, " ")
        known[words[1]] = 1
        for (j = 2; j <= k; j++) may_use[words[1], words[j]] = 1
    }
}

FNR == 1 {
    end_file()
    last_file = FILENAME
    in_comment = 0
    start = 0
    layer = layer_of(FILENAME)
    if (layer != "" && !(layer in known)) breach("Makefile.am does not say what " layer " may use")
}

{
    last_line = FNR
    was_comment = in_comment
    code = code_of($0)
    if (layer != "" && !was_comment && $0 ~ /^[ \t]*#[ \t]*include/) check_include($0)
    if (layer != "") check_printing(code)
    if (code ~ /(^|[^A-Za-z0-9_])goto[ \t]/) breach("goto")
    if (code == "{") start = FNR
    if (code == "}" && start) {
        if (FNR - start - 1 > 80) printf "%s:%d: a function of %d lines, 80 are allowed\n", FILENAME, start, FNR - start - 1
        start = 0
    }
}

END { end_file() }

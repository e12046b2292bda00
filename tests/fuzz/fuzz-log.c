/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzz target: a log in portions through an engine with a small catalogue, then its JSON; and each
 * line, as a record of /dev/kmsg is, by itself. */

#include "diagnoser.h"
#include "fuzz.h"

static const char errors[] =
    "[xid]\nclass=xid\nseverity=warn\nliteral=NVRM: Xid\nexpression=NVRM: Xid \\({pci}\\): "
    "(?<code>\\d+)(?:.*name=(?<process>[^,]*))?\nwarn-if=Nonfatal\ncause=c\nsource=s\n"
    "[xid-79]\nof=xid\ncodes=79\nclass=off\nseverity=fatal\ncause=c\nsource=s\n"
    "[init]\nclass=init\nseverity=error\nliteral=RmInitAdapter\nexpression=GPU {pci}: "
    "RmInitAdapter\nsymptom-of=off xid\ncause=c\nsource=s\n"
    "[nvkms]\nclass=nvkms\nseverity=error\nliteral=[GPU ID 0x\nexpression={gpuid} "
    "Failed\nsymptom-of=init off nvkms\ncontext=init\ncause=c\nsource=s\n"
    "[fault]\nclass=fault\nseverity=error\ndevice=open\nliteral=Request device [\n"
    "expression=Request device \\[{bdf}\\]\nsettles=init\necho-of=*\ncause=c\nsource=s\n"
    "[gpu]\nkind=gpu\nliteral=class 0x03\nexpression={bdf}: .* class 0x03\n"
    "[bridge]\nkind=bridge\nliteral=bridge to [bus\n"
    "expression={bdf}: .*\\[bus (?<from>..)-(?<to>..)\\]\n"
    "[port]\nclass=off\nseverity=fatal\ndevice=only\nliteral=Link Down\n"
    "expression={dev} Link Down\ncause=c\nsource=s\n"
    "[talk]\nclass=benign\nseverity=none\nliteral=EDAC talk\nexpression=EDAC talk\n"
    "cause=c\nsource=s\n"
    "[gone]\nkind=removed\nliteral=Removing from\nexpression={dev} Removing from\n";

static void
check_line(const VfgMatcher *matcher, const char *line, gsize len)
{
    VfgMatch matches[VFG_MATCHES_MAX];
    VfgLogLine parsed;
    guint n = vfg_matcher_match(matcher, line, len, matches, &parsed);
    g_assert_cmpuint(n, <=, VFG_MATCHES_MAX);
    g_assert_true(parsed.message >= line && parsed.message + parsed.len <= line + len);
    g_assert_true(!parsed.time || (parsed.time >= line &&
                                   parsed.time + parsed.time_len <= parsed.message + parsed.len));
    g_assert_true(parsed.level >= -1 && parsed.level <= 7 && parsed.facility >= -1);
}

static void
check_log(const VfgMatcher *matcher, const char *bytes, gsize len)
{
    g_autoptr(VfgDiagnoser) diagnoser = vfg_diagnoser_new(matcher, VFG_SIDE_BOTH);
    gsize cut = len ? MIN((guchar)bytes[0], len) : 0;
    vfg_diagnoser_feed(diagnoser, bytes, cut);
    vfg_diagnoser_feed(diagnoser, bytes + cut, len - cut);
    g_autoptr(VfgDiagnosis) diagnosis = vfg_diagnoser_finish(diagnoser);
    json_t *json = vfg_diagnosis_to_json(diagnosis);
    g_assert_nonnull(json);
    json_decref(json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    g_autoptr(VfgErrorCatalogue) catalogue = vfg_error_catalogue_new();
    g_assert_true(vfg_error_catalogue_add(catalogue, "errors", errors, strlen(errors), NULL));
    g_autoptr(VfgMatcher) matcher = vfg_matcher_new(catalogue);
    check_log(matcher, bytes, size);
    for (size_t at = 0; at < size;) {
        const char *end = memchr(bytes + at, '\n', size - at);
        size_t len = end ? (size_t)(end - bytes) - at : size - at;
        check_line(matcher, bytes + at, len);
        at += len + 1;
    }
    return 0;
}

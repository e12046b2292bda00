/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Package managers: how they are called and what their words mean. */

#include "packager.h"

#include <string.h>

#define WORDS 8

struct VfgPackager {
    const char *name;
    const char *install[WORDS];
    const char *module[WORDS]; /* installs a module stream */
    const char *refresh[WORDS];
    const char *probe[WORDS]; /* put in place of the first words of the install command */
    const char *query[WORDS];
    const char *installed; /* what the query's output holds; NULL: its status is enough */
    const char *download_says;
    const char *space_says;
    const char *const *const *repairs;
};

/* dpkg(1), apt-get(8). */
static const char *const dpkg_configure[] = {
    "dpkg", "--force-confdef", "--force-confold", "--configure", "-a", NULL};
static const char *const apt_fix[] = {"apt-get", "-y", "--no-remove", "-f", "install", NULL};
static const char *const *const apt_repairs[] = {dpkg_configure, apt_fix, NULL};
static const char *const *const no_repairs[] = {NULL};

static const VfgPackager packagers[] = {
    {.name = "apt",
     .install = {"apt-get", "-y", "-o", "Dpkg::Options::=--force-confold", "install"},
     .refresh = {"apt-get", "-o", "APT::Update::Error-Mode=any", "update"},
     .probe = {"apt-get", "--assume-no", "install"},
     .query = {"dpkg-query", "-W", "-f", "${db:Status-Status}"},
     .installed = "installed",
     .download_says = "Need to get ",
     .space_says = "After this operation, ",
     .repairs = apt_repairs},
    {.name = "dnf",
     .install = {"dnf", "-y", "install"},
     .module = {"dnf", "-y", "module", "install"},
     .refresh = {"dnf", "-y", "makecache"},
     .probe = {"dnf", "--assumeno", "install"},
     .query = {"rpm", "-q"},
     .download_says = "Total download size: ",
     .space_says = "Installed size: ",
     .repairs = no_repairs},
    {.name = "dnf5",
     .install = {"dnf", "-y", "install"},
     .refresh = {"dnf", "-y", "makecache"},
     .probe = {"dnf", "--assumeno", "install"},
     .query = {"rpm", "-q"},
     .download_says = "Total size of inbound packages is ",
     .space_says = "After this operation, ",
     .repairs = no_repairs},
    {.name = "tdnf",
     .install = {"tdnf", "-y", "install"},
     .refresh = {"tdnf", "-y", "makecache"},
     .probe = {"tdnf", "--assumeno", "install"},
     .query = {"rpm", "-q"},
     .download_says = "Total download size: ",
     .space_says = "Total installed size: ",
     .repairs = no_repairs},
    {.name = "zypper",
     .install = {"zypper", "--non-interactive", "install", "--auto-agree-with-licenses"},
     .refresh = {"zypper", "--non-interactive", "refresh"},
     .probe = {"zypper", "--non-interactive", "install", "--auto-agree-with-licenses", "--dry-run"},
     .query = {"rpm", "-q"},
     .download_says = "Overall download size: ",
     .space_says = "After the operation, additional ",
     .repairs = no_repairs},
    {.name = "pkg",
     .install = {"pkg", "install", "-y"},
     .refresh = {"pkg", "update"},
     .probe = {"pkg", "install", "-n"},
     .query = {"pkg", "info", "-e"},
     .download_says = NULL,
     .space_says = "The process will require ",
     .repairs = no_repairs},
};

const VfgPackager *
vfg_packager_find(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(packagers); i++)
        if (g_strcmp0(packagers[i].name, name) == 0)
            return &packagers[i];
    return NULL;
}

const char *
vfg_packager_name(const VfgPackager *packager)
{
    return packager->name;
}

static char **
command(const char *const *words, const char *more)
{
    g_autoptr(GStrvBuilder) argv = g_strv_builder_new();
    g_auto(GStrv) rest = g_strsplit(more, " ", -1);
    for (guint i = 0; i < WORDS && words[i]; i++)
        g_strv_builder_add(argv, words[i]);
    for (guint i = 0; rest[i]; i++)
        if (*rest[i])
            g_strv_builder_add(argv, rest[i]);
    return g_strv_builder_end(argv);
}

char **
vfg_packager_install(const VfgPackager *packager, const char *packages)
{
    if (*packages == '@' && packager->module[0])
        return command(packager->module, packages + 1);
    return command(packager->install, packages);
}

char **
vfg_packager_refresh(const VfgPackager *packager)
{
    return command(packager->refresh, "");
}

static guint
count_words(const char *const *words)
{
    guint n = 0;
    while (n < WORDS && words[n])
        n++;
    return n;
}

char **
vfg_packager_probe(const VfgPackager *packager, const char *const *install)
{
    guint known = count_words(packager->install);
    for (guint i = 0; i < known; i++)
        if (g_strcmp0(install[i], packager->install[i]) != 0)
            return NULL;
    g_autofree char *packages = g_strjoinv(" ", (char **)install + known);
    return command(packager->probe, packages);
}

/* "1,234 kB", "0 B/1,234 kB", "4.5 G", "1.2 GiB": the last number before a word that isn't a size.
 * All units are taken as powers of 1024, so that the result is never too small. */
static guint64
read_size(const char *text)
{
    static const char units[] = "BKMGT";
    g_autoptr(GString) digits = g_string_new(NULL);
    const char *slash = strchr(text, '/');
    if (slash && slash < text + strcspn(text, "\n."))
        text = slash + 1;
    for (; g_ascii_isdigit(*text) || *text == ',' || *text == '.'; text++)
        if (*text != ',')
            g_string_append_c(digits, *text);
    text += strspn(text, " ");
    const char *unit = *text ? strchr(units, g_ascii_toupper(*text)) : NULL;
    double size = g_ascii_strtod(digits->str, NULL);
    for (guint i = 0; unit && i < (guint)(unit - units); i++)
        size *= 1024;
    return size > 0 && size < 1e15 ? (guint64)size : 0;
}

static guint64
size_behind(const char *output, const char *says)
{
    const char *at = says ? strstr(output, says) : NULL;
    return at ? read_size(at + strlen(says)) : 0;
}

VfgSpace
vfg_packager_read_space(const VfgPackager *packager, const char *output)
{
    VfgSpace space = {size_behind(output, packager->download_says),
                      size_behind(output, packager->space_says)};
    return space;
}

const char *const *const *
vfg_packager_repairs(const VfgPackager *packager)
{
    return packager->repairs;
}

char **
vfg_packager_query(const VfgPackager *packager, const char *package)
{
    return command(packager->query, package);
}

gboolean
vfg_packager_says_installed(const VfgPackager *packager, const char *output)
{
    if (!packager->installed)
        return TRUE;
    g_autofree char *last = g_strstrip(g_strdup(output));
    return g_str_equal(last, packager->installed);
}

typedef struct {
    VfgFailure failure;
    const char *says;
} Meaning;

/* In the order of what matters more where an output has several. From the sources of apt
 * (apt-pkg/acquire.cc and its methods), dpkg, dnf, librepo, libzypp, tdnf, pkg, curl(1). */
static const Meaning meanings[] = {
    {VFG_FAILURE_LOCK, "Could not get lock"},
    {VFG_FAILURE_LOCK, "Unable to acquire the dpkg frontend lock"},
    {VFG_FAILURE_LOCK, "Unable to lock"},
    {VFG_FAILURE_LOCK, "dpkg frontend lock was locked by another process"},
    {VFG_FAILURE_LOCK, "Waiting for process with pid"},
    {VFG_FAILURE_LOCK, "System management is locked by the application"},
    {VFG_FAILURE_LOCK, "Cannot get an exclusive lock"},
    {VFG_FAILURE_LOCK, "can't create transaction lock"},
    {VFG_FAILURE_DISK, "No space left on device"},
    {VFG_FAILURE_DISK, "You don't have enough free space"},
    {VFG_FAILURE_DISK, "enough free disk space"},
    {VFG_FAILURE_DISK, "more space needed on the"},
    {VFG_FAILURE_DISK, "Not enough space in"},
    {VFG_FAILURE_SIGNATURE, "NO_PUBKEY"},
    {VFG_FAILURE_SIGNATURE, "BADSIG"},
    {VFG_FAILURE_SIGNATURE, "EXPKEYSIG"},
    {VFG_FAILURE_SIGNATURE, "REVKEYSIG"},
    {VFG_FAILURE_SIGNATURE, "Sub-process /usr/bin/sqv returned an error"},
    {VFG_FAILURE_SIGNATURE, "is not signed"},
    {VFG_FAILURE_SIGNATURE, "cannot be authenticated"},
    {VFG_FAILURE_SIGNATURE, "Hash Sum mismatch"},
    {VFG_FAILURE_SIGNATURE, "GPG check FAILED"},
    {VFG_FAILURE_SIGNATURE, "Public key for"},
    {VFG_FAILURE_SIGNATURE, "Signature verification failed"},
    {VFG_FAILURE_SIGNATURE, "repomd.xml signature could not be verified"},
    {VFG_FAILURE_SIGNATURE, "No trusted public keys"},
    {VFG_FAILURE_SIGNATURE, "rpmdb: signature"},
    {VFG_FAILURE_BROKEN, "dpkg was interrupted"},
    {VFG_FAILURE_BROKEN, "needs to be reinstalled"},
    {VFG_FAILURE_BROKEN, "--fix-broken install"},
    {VFG_FAILURE_BROKEN, "apt-get -f install"},
    {VFG_FAILURE_OTHER, "404  Not Found"}, /* waiting brings no file that isn't there */
    {VFG_FAILURE_OTHER, "403  Forbidden"},
    {VFG_FAILURE_OTHER, "returned error: 40"},
    {VFG_FAILURE_NETWORK, "Temporary failure resolving"},
    {VFG_FAILURE_NETWORK, "Could not resolve"},
    {VFG_FAILURE_NETWORK, "Couldn't resolve host"},
    {VFG_FAILURE_NETWORK, "Could not connect"},
    {VFG_FAILURE_NETWORK, "Couldn't connect to server"},
    {VFG_FAILURE_NETWORK, "Failed to connect to"},
    {VFG_FAILURE_NETWORK, "Cannot initiate the connection"},
    {VFG_FAILURE_NETWORK, "Connection timed out"},
    {VFG_FAILURE_NETWORK, "Connection failed"},
    {VFG_FAILURE_NETWORK, "Network is unreachable"},
    {VFG_FAILURE_NETWORK, "No route to host"},
    {VFG_FAILURE_NETWORK, "Operation timed out"},
    {VFG_FAILURE_NETWORK, "Timeout was reached"},
    {VFG_FAILURE_NETWORK, "Cannot download repomd.xml"},
    {VFG_FAILURE_NETWORK, "Failed to download metadata for repo"},
    {VFG_FAILURE_NETWORK, "No more mirrors to try"},
    {VFG_FAILURE_NETWORK, "Some index files failed to download"},
    {VFG_FAILURE_NETWORK, "Unable to fetch some archives"},
    {VFG_FAILURE_NETWORK, "Failed to fetch"},
    {VFG_FAILURE_NETWORK, "Download (curl) error"},
    {VFG_FAILURE_NETWORK, "transient resolver failure"},
    {VFG_FAILURE_NETWORK, "503  Service Unavailable"},
};

static char *
line_around(const char *text, const char *at)
{
    while (at > text && at[-1] != '\n')
        at--;
    return g_strndup(at, strcspn(at, "\n"));
}

static char *
last_line(const char *text)
{
    g_autofree char *copy = g_strchomp(g_strdup(text));
    return line_around(copy, copy + strlen(copy));
}

/* The first line that begins so, or NULL. */
static const char *
find_line(const char *output, const char *prefix)
{
    const char *at = strstr(output, prefix);
    while (at && at != output && at[-1] != '\n')
        at = strstr(at + 1, prefix);
    return at;
}

VfgFailure
vfg_packager_failure(const char *output, char **line)
{
    for (gsize i = 0; i < G_N_ELEMENTS(meanings); i++) {
        const char *at = strstr(output, meanings[i].says);
        if (!at)
            continue;
        *line = line_around(output, at);
        return meanings[i].failure;
    }
    const char *at = find_line(output, "E: ");
    if (!at)
        at = find_line(output, "vfiogpu-agent: "); /* the last line is the fix */
    *line = at ? line_around(output, at) : last_line(output);
    return VFG_FAILURE_OTHER;
}

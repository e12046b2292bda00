/* SPDX-License-Identifier: GPL-2.0-or-later */

/* vfiogpu-agent provision: from a bare system to a working driver and what runs on it. */

#include "commands.h"
#include "engine.h"
#include "error.h"
#include "io.h"
#include "plan-print.h"
#include "provision.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define STATE_DIR "/var/lib/vfiogpu-agent"
#define LOG_FILE STATE_DIR "/provision.log"
#define SEARCH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define EXIT_REBOOT 7
#define PATIENCE_S (60 * 60)
#define PAUSE_MS 5000

typedef struct {
    VfgProvisionRequest *request;
    char *root;
    char *os_release;
    char *arch;
    char *kernel;
    char *state_dir;
    char **gpus;
    gboolean dry_run;
    gboolean json;
    gboolean progress_json;
    gboolean resume;
    gboolean reboot;
} Options;

static void
options_clear(Options *options)
{
    vfg_provision_request_free(options->request);
    g_free(options->root);
    g_free(options->os_release);
    g_free(options->arch);
    g_free(options->kernel);
    g_free(options->state_dir);
    g_strfreev(options->gpus);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* --without-gpu[=REASON], since GLib's own strings take no optional value. */
static gboolean
on_without_gpu(G_GNUC_UNUSED const char *name, const char *value, gpointer data,
               G_GNUC_UNUSED GError **error)
{
    char **to = data;
    g_free(*to);
    *to = g_strdup(value && *value ? value : "asked for without a reason");
    return TRUE;
}

static char **
without_gpu_words(char **argv, VfgProvisionRequest *request)
{
    g_autoptr(GStrvBuilder) rest = g_strv_builder_new();
    for (guint i = 0; argv[i]; i++) {
        if (g_str_equal(argv[i], "--without-gpu"))
            (void)on_without_gpu(NULL, NULL, &request->without_gpu, NULL);
        else if (g_str_has_prefix(argv[i], "--without-gpu="))
            (void)on_without_gpu(NULL, argv[i] + strlen("--without-gpu="), &request->without_gpu,
                                 NULL);
        else
            g_strv_builder_add(rest, argv[i]);
    }
    return g_strv_builder_end(rest);
}

static gboolean
parse_options(char **argv, Options *ret, GError **error)
{
    VfgProvisionRequest *request = ret->request = g_new0(VfgProvisionRequest, 1);
    gboolean without = FALSE;
    const GOptionEntry entries[] = {
        {"profile", 'p', 0, G_OPTION_ARG_STRING, &request->profile,
         "cuda, container, apptainer, rocm, linuxulator, linux-jail, none", "NAME"},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &ret->dry_run, "Print the commands, run nothing",
         NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &ret->json, "Print the plan as JSON", NULL},
        {"without-gpu", 0, 0, G_OPTION_ARG_NONE, &without,
         "Go on without a verified driver; --without-gpu=REASON says why", NULL},
        {"source", 0, 0, G_OPTION_ARG_STRING, &request->source,
         "nvidia (the default) or distribution", "SOURCE"},
        {"mirror", 0, 0, G_OPTION_ARG_STRING, &request->mirror,
         "Use this copy of NVIDIA's repositories", "URL"},
        {"key", 0, 0, G_OPTION_ARG_FILENAME, &request->key, "The mirror's key", "FILE"},
        {"fingerprint", 0, 0, G_OPTION_ARG_STRING_ARRAY, &request->fingerprints,
         "Trust a key of this fingerprint instead of the recipe's", "HEX"},
        {"modules", 0, 0, G_OPTION_ARG_STRING, &request->modules, "open or proprietary", "KIND"},
        {"engine", 0, 0, G_OPTION_ARG_STRING, &request->engine,
         "Install this container engine: docker or containerd", "NAME"},
        {"runtime", 0, 0, G_OPTION_ARG_STRING, &request->runtime,
         "Set up this container runtime: docker, containerd or cdi", "NAME"},
        {"container-mirror", 0, 0, G_OPTION_ARG_STRING, &request->container_mirror,
         "Use this copy of the NVIDIA Container Toolkit's repository", "URL"},
        {"container-version", 0, 0, G_OPTION_ARG_STRING, &request->container_version,
         "The NVIDIA Container Toolkit's version", "VERSION"},
        {"user", 0, 0, G_OPTION_ARG_STRING, &request->user,
         "Put this user into the groups render and video (rocm)", "NAME"},
        {"kernel-arg", 0, 0, G_OPTION_ARG_STRING_ARRAY, &request->kernel_args,
         "Start the kernel with this argument", "ARG"},
        {"kernel-arg-auto", 0, 0, G_OPTION_ARG_STRING_ARRAY, &request->kernel_args_auto,
         "Likewise, where a BAR of a GPU has no address", "ARG"},
        {"gpu", 0, 0, G_OPTION_ARG_STRING_ARRAY, &ret->gpus, "Plan for this GPU (with --dry-run)",
         "VENDOR:DEVICE"},
        {"root", 0, 0, G_OPTION_ARG_FILENAME, &ret->root, "Plan for the system below DIR", "DIR"},
        {"os-release", 0, 0, G_OPTION_ARG_FILENAME, &ret->os_release,
         "Plan for the system that this file describes", "FILE"},
        {"arch", 0, 0, G_OPTION_ARG_STRING, &ret->arch, "Plan for x86_64 or aarch64", "ARCH"},
        {"kernel", 0, 0, G_OPTION_ARG_STRING, &ret->kernel, "Plan for this kernel", "RELEASE"},
        {"state-dir", 0, 0, G_OPTION_ARG_FILENAME, &ret->state_dir,
         "Keep the state here instead of " STATE_DIR, "DIR"},
        {"progress-json", 0, 0, G_OPTION_ARG_NONE, &ret->progress_json,
         "Print progress as JSON objects, one a line", NULL},
        {"resume", 0, 0, G_OPTION_ARG_NONE, &ret->resume,
         "Go on with what was begun; nothing to do is fine", NULL},
        {"reboot", 0, 0, G_OPTION_ARG_NONE, &ret->reboot, "Reboot where it is needed", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_auto(GStrv) words = without_gpu_words(argv, request);
    g_autofree char **borrowed = g_memdup2(words, (g_strv_length(words) + 1) * sizeof *words);
    g_auto(GStrv) rest = vfg_agent_command_parse("provision", entries, (int)g_strv_length(words),
                                                 borrowed, 0, 0, error);
    return rest != NULL;
}

/* Progress off a terminal: a line where something changes; percent are for a terminal. */
static void
print_progress(const VfgProvisionProgress *progress, gboolean terminal)
{
    const char *state = vfg_progress_state_name(progress->state);
    gboolean moving = progress->package != NULL;
    if (moving && !terminal)
        return;
    printf("%s[%u/%u] %s: %s", terminal ? "\r\033[K" : "", progress->step, progress->steps,
           progress->id, state);
    if (moving)
        printf(" %s %d%%", progress->package, progress->percent);
    else if (progress->text)
        printf(": %s", progress->text);
    else if (progress->state == VFG_PROGRESS_RUNNING)
        printf(": %s", progress->title);
    printf("%s", moving ? "" : "\n");
    fflush(stdout);
}

static void
on_progress(const VfgProvisionProgress *progress, G_GNUC_UNUSED gpointer data)
{
    print_progress(progress, isatty(STDOUT_FILENO));
}

static void
on_progress_json(const VfgProvisionProgress *progress, G_GNUC_UNUSED gpointer data)
{
    json_t *object =
        json_pack("{s:i, s:i, s:s, s:s, s:s, s:s?, s:o, s:s?}", "step", (int)progress->step,
                  "steps", (int)progress->steps, "id", progress->id, "title", progress->title,
                  "state", vfg_progress_state_name(progress->state), "package", progress->package,
                  "percent", progress->percent < 0 ? json_null() : json_integer(progress->percent),
                  "text", progress->text);
    g_autofree char *text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    printf("%s\n", text ? text : "{}");
    fflush(stdout);
}

/* One at a time; the kernel takes the lock back when its holder dies. */
static int
take_lock(const char *state_dir, GError **error)
{
    g_autofree char *path = g_build_filename(state_dir, "lock", NULL);
    if (!vfg_io_make_dir(state_dir, error))
        return -1;
    g_auto(VfgFd) fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        return g_steal_fd(&fd);
    if (fd >= 0 && errno == EWOULDBLOCK)
        vfg_error_set(error, VFG_ERROR_FAILED, "wait for it: 'vfiogpu-agent status' shows it",
                      "another 'vfiogpu-agent provision' is at work");
    else
        vfg_error_set_errno(error, errno, "cannot lock %s", path);
    return -1;
}

static int
reboot_now(gboolean allowed, GError **error)
{
    if (!allowed) {
        printf("a reboot is needed; after it 'vfiogpu-agent provision --resume' goes on\n");
        return EXIT_REBOOT;
    }
    sync();
    execl("/sbin/reboot", "reboot", NULL);
    execl("/usr/sbin/reboot", "reboot", NULL);
    vfg_error_set_errno(error, errno, "cannot start reboot");
    return 1;
}

static int
carry_out(const Options *options, const VfgProvisionPlan *plan, VfgProvisionState *state,
          VfgRoot *root, GError **error)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    VfgEngineConfig config = {.prefix = "",
                              .search = SEARCH,
                              .state_dir = options->state_dir,
                              .log = LOG_FILE,
                              .self = self ? self : "vfiogpu-agent",
                              .root = root,
                              .patience = PATIENCE_S,
                              .pause_ms = PAUSE_MS,
                              .progress = options->progress_json ? on_progress_json : on_progress};
    switch (vfg_engine_run(&config, plan, state, error)) {
    case VFG_OUTCOME_DONE:
        return 0;
    case VFG_OUTCOME_REBOOT:
        return reboot_now(options->reboot, error);
    case VFG_OUTCOME_FAILED:
        break;
    }
    return 1;
}

static VfgProvisionPlan *
make_plan(const Options *options, VfgRoot *root, GError **error)
{
    g_autofree char *os_release = NULL;
    if (options->os_release) {
        os_release = vfg_io_read_file(options->os_release, 65536, NULL, error);
        if (!os_release)
            return NULL;
    }
    VfgProvisionTarget target = {.os_release = os_release,
                                 .arch = options->arch,
                                 .kernel = options->kernel,
                                 .gpus = (const char *const *)options->gpus,
                                 .live = !options->root && !options->os_release};
    options->request->assume_gpu = !target.live;
    if (!vfg_provision_configure(options->request, root, error))
        return NULL;
    if (!options->request->profile)
        options->request->profile = g_strdup("cuda");
    return vfg_provision_prepare(options->request, &target, root, error);
}

static gboolean
check_options(const Options *options, GError **error)
{
    gboolean other = options->root || options->os_release || options->arch || options->kernel ||
                     (options->gpus && options->gpus[0]);
    if (!other || options->dry_run)
        return TRUE;
    vfg_error_set(error, VFG_ERROR_USAGE, "add --dry-run",
                  "--root, --os-release, --arch, --kernel and --gpu are for a dry run");
    return FALSE;
}

/* A program that asked for JSON gets the reason as JSON too. */
static void
print_refusal(const GError *error)
{
    json_t *object = json_pack("{s:n, s:s, s:s?}", "slug", "refused", error->message, "fix",
                               vfg_error_get_fix(error));
    g_autofree char *text = json_dumps(object, JSON_INDENT(2));
    json_decref(object);
    printf("%s\n", text ? text : "{}");
}

static int
dry_run(const Options *options, VfgRoot *root, GError **error)
{
    g_autoptr(VfgProvisionPlan) plan = make_plan(options, root, error);
    if (!plan && options->json)
        print_refusal(*error);
    if (!plan)
        return 1;
    g_autofree char *text =
        options->json ? vfg_provision_plan_json(plan) : vfg_provision_plan_text(plan);
    printf("%s", text);
    return 0;
}

static int
provision(const Options *options, char **command, VfgRoot *root, GError **error)
{
    signal(SIGPIPE, SIG_IGN); /* whoever reads the progress may go; the work is to go on */
    g_auto(VfgFd) lock = take_lock(options->state_dir, error);
    if (lock < 0)
        return 1;
    g_autoptr(VfgProvisionState) state = vfg_provision_state_load(options->state_dir);
    g_autoptr(VfgProvisionPlan) plan = make_plan(options, root, error);
    if (!plan)
        return 1;
    g_strfreev(state->command);
    state->command = g_strdupv(command);
    return carry_out(options, plan, state, root, error);
}

/* The options of the command that is gone on with, and what this one adds. */
static char **
resumed_command(const VfgProvisionState *state, const Options *options)
{
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    const char *const *before = (const char *const *)state->command;
    for (guint i = 0; before[i]; i++)
        if (!g_str_equal(before[i], "--resume"))
            g_strv_builder_add(words, before[i]);
    if (options->reboot && !g_strv_contains(before, "--reboot"))
        g_strv_builder_add(words, "--reboot");
    if (options->progress_json && !g_strv_contains(before, "--progress-json"))
        g_strv_builder_add(words, "--progress-json");
    return g_strv_builder_end(words);
}

static int
run_command(char **argv, GError **error)
{
    g_auto(Options) options = {0};
    if (!parse_options(argv, &options, error) || !check_options(&options, error))
        return 2;
    if (!options.state_dir)
        options.state_dir = g_strdup(STATE_DIR);
    g_autoptr(VfgRoot) root = vfg_root_new(options.root ? options.root : "/", error);
    if (!root)
        return 1;
    if (options.dry_run)
        return dry_run(&options, root, error);
    if (!options.resume)
        return provision(&options, argv, root, error);
    g_autoptr(VfgProvisionState) state = vfg_provision_state_load(options.state_dir);
    if (!state->command || !state->command[0] || state->phase == VFG_PROVISION_DONE)
        return 0;
    g_auto(GStrv) command = resumed_command(state, &options);
    return run_command(command, error);
}

int
vfg_agent_cmd_provision(int argc, char **argv, GError **error)
{
    g_auto(GStrv) words = g_new0(char *, argc + 1);
    for (int i = 0; i < argc; i++)
        words[i] = g_strdup(argv[i]);
    return run_command(words, error);
}

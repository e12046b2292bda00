/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Checks of the host's memory: how much a VM may have of it, where it is, and whether a card
 * reaches it. */

#include "check.h"
#include "make-host.h"
#include "shipped.h"

#include <string.h>

#define GIB ((guint64)1 << 30)

typedef struct {
    VfgHost *host;
    VfgVmdef *vmdef;
    VfgCatalogue *catalogue;
    VfgGpuGenerations *generations;
    GPtrArray *gpus;
    GPtrArray *findings;
    VfgPciFunction *function; /* of the GPU */
    gboolean session;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    f->host = make_host();
    f->catalogue = shipped_catalogue();
    f->generations = shipped_generations();
    f->vmdef = vfg_vmdef_new();
    f->vmdef->memory = 32 * GIB;
    g_ptr_array_add(f->vmdef->gpus, g_strdup("10de:13c0"));
    f->host->memory->total = f->host->memory->available = 64 * GIB;
    f->gpus = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_gpu_free);
    f->findings = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_finding_free);
    f->function = make_function(f->host, "01:00.0", "10de:13c0", 0x0300, NULL, 1);
    f->function->numa_node = -1;
    VfgGpu *gpu = make_gpu(f->function);
    gpu->viable = TRUE;
    g_ptr_array_add(f->gpus, gpu);
}

static void
tear_down(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_ptr_array_unref(f->findings);
    g_ptr_array_unref(f->gpus);
    vfg_vmdef_free(f->vmdef);
    vfg_catalogue_free(f->catalogue);
    vfg_gpu_generations_free(f->generations);
    vfg_host_free(f->host);
}

static const VfgFinding *
last(const Fixture *f)
{
    return g_ptr_array_index(f->findings, f->findings->len - 1);
}

static void
assert_vm(Fixture *f, const char *wanted)
{
    VfgVmFacts vm = {.name = "d2l", .vmdef = f->vmdef, .session = f->session};
    VfgCheck check = {.host = f->host, .catalogue = f->catalogue};
    g_ptr_array_set_size(f->findings, 0);
    vfg_check_memory(&check, &vm, f->gpus, f->findings);
    g_autofree char *text = describe_findings(f->findings);
    g_assert_cmpstr(text, ==, wanted);
}

static void
test_total(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    assert_vm(f, "");
    f->host->memory->available = 31 * GIB;
    assert_vm(f, "memory-not-free: the host's memory is short\n");
    g_assert_nonnull(strstr(last(f)->cause, "31744 of 65536 MiB"));
    f->vmdef->memory = 65 * GIB;
    assert_vm(f, "memory-too-little: the host has too little memory\n");
    f->host->memory->total = 0;
    assert_vm(f, "");
}

/* Only a libvirt that runs as the user is bound by the user's limit. */
static void
test_limit(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    VfgMemory *memory = f->host->memory;
    memory->memlock_known = TRUE;
    memory->memlock_soft = 64 << 10;
    memory->memlock_hard = 8 << 20;
    assert_vm(f, "");
    f->session = TRUE;
    assert_vm(f, "memlock-too-low: its memory may not be locked\n");
    g_assert_nonnull(strstr(last(f)->cause, "pins 33 GiB"));
    g_assert_nonnull(strstr(last(f)->cause, "session is 8 MiB"));
    g_assert_nonnull(strstr(last(f)->fix, "hard memlock 34603008\""));
    memory->memlock_hard = 33 * GIB - 1;
    assert_vm(f, "memlock-too-low: its memory may not be locked\n");
    memory->memlock_hard = 33 * GIB;
    assert_vm(f, "");
    memory->memlock_hard = 0;
    memory->memlock_known = FALSE;
    assert_vm(f, "");
    memory->memlock_known = TRUE;
    g_ptr_array_set_size(f->vmdef->gpus, 0);
    g_ptr_array_set_size(f->gpus, 0);
    assert_vm(f, ""); /* nothing is pinned */
}

/* With 4 CPUs and room for the VM. */
static VfgHugepages *
add_node(Fixture *f, int id, guint64 size, guint64 unused)
{
    VfgNumaNode *node = vfg_numa_node_new(id);
    VfgHugepages pages = {size, unused, unused};
    node->cpus = g_strdup("4-7");
    node->free = 32 * GIB;
    g_array_append_val(node->hugepages, pages);
    g_ptr_array_add(f->host->memory->nodes, node);
    return &g_array_index(node->hugepages, VfgHugepages, 0);
}

#define NEAR "locality-near: its memory and vCPUs are put on NUMA node 1, where its GPU is\n"
#define ELSEWHERE "hugepages-on-other-node: the huge pages are not where the GPU is\n"

static void
test_hugepages(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    VfgHugepages *first = add_node(f, 0, GIB, 0);
    VfgHugepages *second = add_node(f, 1, 2 << 20, 0);
    f->function->numa_node = 1;
    assert_vm(f, NEAR); /* there are no huge pages at all */
    first->free = 40;
    assert_vm(f, ELSEWHERE NEAR);
    const VfgFinding *finding = g_ptr_array_index(f->findings, 0);
    g_assert_nonnull(strstr(finding->cause, "0000:01:00.0 is at NUMA node 1, which has 0 MiB"));
    g_assert_nonnull(strstr(finding->cause, "There are 40 GiB on node 0"));
    second->free = 16383;
    assert_vm(f, ELSEWHERE NEAR);
    f->vmdef->hugepages = VFG_HUGEPAGES_NO;
    assert_vm(f, NEAR);
    f->vmdef->hugepages = VFG_HUGEPAGES_AUTO;
    second->free = 16384;
    assert_vm(f, "hugepages-used: its memory is taken from huge pages of 2 MiB\n" NEAR);
    second->free = 0;
    f->function->numa_node = -1;
    assert_vm(f, ""); /* the firmware does not say where the GPU is */
}

/* Huge pages that are free are used, so that ordinary memory is not asked for. */
static void
test_hugepages_used(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    VfgHugepages *pages = add_node(f, 0, GIB, 32);
    f->host->memory->available = GIB;
    assert_vm(f, "hugepages-used: its memory is taken from huge pages of 1 GiB\n");
    f->vmdef->hugepages = VFG_HUGEPAGES_NO;
    assert_vm(f, "memory-not-free: the host's memory is short\n");
    f->host->memory->available = 64 * GIB;
    f->vmdef->hugepages = VFG_HUGEPAGES_YES;
    pages->free = 31;
    assert_vm(f, "hugepages-missing: there are not enough huge pages for it\n");
    g_assert_nonnull(strstr(last(f)->cause, "wants 32 GiB"));
    g_assert_nonnull(strstr(last(f)->cause, "there are 31 GiB on node 0"));
    f->vmdef->hugepages = VFG_HUGEPAGES_AUTO;
    assert_vm(f, "");
}

static void
test_locality(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const char far[] = "locality-far: not all of it is put where its GPU is\n";
    add_node(f, 0, GIB, 0);
    add_node(f, 1, GIB, 0);
    VfgNumaNode *node = f->host->memory->nodes->pdata[1];
    node->free = 31 * GIB;
    assert_vm(f, ""); /* the firmware does not say where the GPU is */
    f->function->numa_node = 1;
    assert_vm(f, far);
    g_assert_nonnull(strstr(last(f)->cause, "node 1, which has 31 GiB of memory to give, of 32"));
    f->vmdef->vcpu = 5;
    assert_vm(f, far);
    g_assert_nonnull(strstr(last(f)->cause, "and 4 CPUs for 5 vCPUs"));
    node->free = 32 * GIB;
    assert_vm(f, far);
    g_assert_nonnull(strstr(last(f)->cause, "which has 4 CPUs for 5 vCPUs"));
    f->vmdef->vcpu = 4;
    assert_vm(f, NEAR);
    VfgPciFunction *other = make_function(f->host, "02:00.0", "10de:13c0", 0x0300, NULL, 2);
    g_ptr_array_add(f->gpus, make_gpu(other));
    assert_vm(f, far);
    g_assert_nonnull(strstr(last(f)->cause, "on several NUMA nodes"));
}

static void
assert_gpu(Fixture *f, const char *wanted)
{
    VfgCheck check = {f->host, f->gpus, f->catalogue, f->generations, NULL};
    g_ptr_array_set_size(f->findings, 0);
    vfg_check_gpu(&check, f->gpus->pdata[0], f->findings);
    g_autofree char *text = describe_findings(f->findings);
    g_assert_cmpstr(text, ==, wanted);
}

/* A Maxwell card puts out 40 bits, a Pascal card 47. */
static void
test_reach(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const char fine[] = "group-viable: its IOMMU group 1 can be handed over\n";
    vfg_host_index(f->host);
    f->host->memory->total = 1024 * GIB;
    assert_gpu(f, fine);
    f->host->memory->total = 1025 * GIB;
    g_autofree char *both =
        g_strconcat(fine, "memory-beyond-reach: the host has more memory than it reaches\n", NULL);
    assert_gpu(f, both);
    g_assert_cmpint(last(f)->level, ==, VFG_LEVEL_WARN);
    g_assert_nonnull(strstr(last(f)->cause, "Maxwell"));
    g_assert_nonnull(strstr(last(f)->cause, "40 bits (1024 GiB); the host has 1025 GiB"));
    f->function->device = 0x1b39;
    assert_gpu(f, fine);
    f->function->device = 0xffff; /* a card that the data do not know */
    assert_gpu(f, fine);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *name;
        void (*test)(Fixture *f, gconstpointer data);
    } tests[] = {
        {"/check-memory/total", test_total},
        {"/check-memory/limit", test_limit},
        {"/check-memory/hugepages", test_hugepages},
        {"/check-memory/hugepages-used", test_hugepages_used},
        {"/check-memory/locality", test_locality},
        {"/check-memory/reach", test_reach},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
    return g_test_run();
}

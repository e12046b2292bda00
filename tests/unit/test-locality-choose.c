/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Where a VM's memory and vCPUs go: the GPUs' NUMA node, where it has the room, and huge pages. */

#include "locality-choose.h"

#include "make-host.h"

#define MIB ((guint64)1 << 20)
#define GIB ((guint64)1 << 30)

typedef struct {
    VfgHost *host;
    VfgVmdef *vmdef;
    GPtrArray *gpus;
} Fixture;

static VfgNumaNode *
add_node(const Fixture *f, int id, const char *cpus)
{
    VfgNumaNode *node = vfg_numa_node_new(id);
    node->cpus = g_strdup(cpus);
    node->total = 64 * GIB;
    node->free = 40 * GIB;
    g_ptr_array_add(f->host->memory->nodes, node);
    return node;
}

static void
add_pages(VfgNumaNode *node, guint64 size, guint64 unused)
{
    VfgHugepages pages = {size, unused, unused};
    g_array_append_val(node->hugepages, pages);
}

static void
add_gpu(const Fixture *f, const char *address, int node)
{
    VfgPciFunction *function = make_function(f->host, address, "10de:1e37", 0x0302, NULL, 1);
    function->numa_node = node;
    g_ptr_array_add(f->gpus, make_gpu(function));
}

static void
set_up(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    f->host = make_host();
    f->vmdef = vfg_vmdef_new();
    f->vmdef->memory = 32 * GIB;
    f->vmdef->vcpu = 8;
    f->gpus = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_gpu_free);
}

static void
tear_down(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_ptr_array_unref(f->gpus);
    vfg_vmdef_free(f->vmdef);
    vfg_host_free(f->host);
}

/* "NODE CPUS MEMORY PAGE-SIZE-IN-MIB". */
static void
assert_choice(const Fixture *f, const char *wanted)
{
    VfgLocality got = vfg_locality_choose(f->host, f->vmdef, f->gpus);
    g_autofree char *text =
        g_strdup_printf("%d %s %s %u", got.node, got.cpus ? got.cpus : "any",
                        got.memory ? "there" : "anywhere", (guint)(got.page_size / MIB));
    g_assert_cmpstr(text, ==, wanted);
}

static void
test_near(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    assert_choice(f, "-1 any anywhere 0"); /* nothing is known of the host, and there is no GPU */
    add_node(f, 0, "0-15,32-47");
    VfgNumaNode *node = add_node(f, 1, "16-19,24,40-42");
    add_gpu(f, "01:00.0", 1);
    assert_choice(f, "1 16-19,24,40-42 there 0");
    f->vmdef->vcpu = 9;
    assert_choice(f, "1 any there 0");
    f->vmdef->vcpu = 1;
    node->free = 34 * GIB - 1; /* 2 GiB of 64 stay the kernel's */
    assert_choice(f, "1 16-19,24,40-42 anywhere 0");
    node->reclaimable = 1;
    assert_choice(f, "1 16-19,24,40-42 there 0");
    add_gpu(f, "02:00.0", 1);
    assert_choice(f, "1 16-19,24,40-42 there 0");
    add_gpu(f, "03:00.0", 0);
    assert_choice(f, "-1 any anywhere 0");
}

/* The firmware does not say where the GPU is, or there is only one place. */
static void
test_nowhere(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    add_node(f, 0, "0-15");
    add_gpu(f, "01:00.0", 0);
    assert_choice(f, "-1 any anywhere 0");
    add_node(f, 1, "16-31");
    add_gpu(f, "02:00.0", -1);
    assert_choice(f, "-1 any anywhere 0");
    g_ptr_array_set_size(f->gpus, 0);
    assert_choice(f, "-1 any anywhere 0");
}

static void
test_pages(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    VfgNumaNode *near = add_node(f, 0, "0-15");
    VfgNumaNode *far = add_node(f, 1, "16-31");
    add_gpu(f, "01:00.0", 0);
    near->free = 0;
    add_pages(near, 2 * MIB, 16384);
    add_pages(near, GIB, 31);
    add_pages(far, GIB, 64);
    assert_choice(f, "0 0-15 there 2");
    g_array_index(near->hugepages, VfgHugepages, 1).free = 32;
    assert_choice(f, "0 0-15 there 1024"); /* the largest */
    f->vmdef->memory = 31 * GIB + 2 * MIB;
    assert_choice(f, "0 0-15 there 2");
    f->vmdef->memory = 31 * GIB + MIB; /* no whole number of pages */
    assert_choice(f, "0 0-15 anywhere 0");
    f->vmdef->memory = 33 * GIB; /* sizes do not mix */
    f->vmdef->hugepages = VFG_HUGEPAGES_YES;
    assert_choice(f, "0 0-15 anywhere 0");
    f->vmdef->memory = 32 * GIB;
    f->vmdef->hugepages = VFG_HUGEPAGES_NO;
    assert_choice(f, "0 0-15 anywhere 0");
}

/* With a GPU that is nowhere, or none, they are taken only where they are wanted. */
static void
test_pages_wanted(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    add_pages(add_node(f, 0, "0-15"), GIB, 20);
    assert_choice(f, "-1 any anywhere 0");
    add_gpu(f, "01:00.0", -1);
    f->vmdef->memory = 20 * GIB;
    assert_choice(f, "-1 any anywhere 1024"); /* the only node */
    add_pages(add_node(f, 1, "16-31"), GIB, 12);
    f->vmdef->memory = 32 * GIB;
    assert_choice(f, "-1 any anywhere 0");
    f->vmdef->hugepages = VFG_HUGEPAGES_YES;
    assert_choice(f, "-1 any anywhere 1024");
    g_ptr_array_set_size(f->gpus, 0);
    assert_choice(f, "-1 any anywhere 1024");
}

static void
test_cpu_list(void)
{
    static const struct {
        const char *list;
        guint count;
    } cases[] = {{"0", 1},     {"0-3", 4}, {"0-15,32-47,64", 33},
                 {"", 0},      {NULL, 0},  {",", 0},
                 {"3-2", 0},   {"0-", 0},  {"a-b", 0},
                 {"0-3,x", 0}, {"-1", 0},  {"0-70000", 0}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpuint(vfg_cpu_list_count(cases[i].list), ==, cases[i].count);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/locality/near", Fixture, NULL, set_up, test_near, tear_down);
    g_test_add("/locality/nowhere", Fixture, NULL, set_up, test_nowhere, tear_down);
    g_test_add("/locality/pages", Fixture, NULL, set_up, test_pages, tear_down);
    g_test_add("/locality/pages-wanted", Fixture, NULL, set_up, test_pages_wanted, tear_down);
    g_test_add_func("/locality/cpu-list", test_cpu_list);
    return g_test_run();
}

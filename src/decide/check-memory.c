/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Checks of a VM: the host's memory. All of a VM with a GPU is pinned, so it must be there at once.
 */

#include "check.h"
#include "gpu-sizing.h"
#include "locality-choose.h"

/* What libvirt lets a VM with a GPU pin beyond its memory (qemuDomainGetMemLockLimitBytes() in
 * src/qemu/qemu_domain.c). */
#define LOCKED_BEYOND ((guint64)1 << 30)

static void
check_total(const VfgCheck *check, const VfgVmFacts *vm, GPtrArray *findings)
{
    const VfgMemory *memory = check->host->memory;
    guint64 wanted = vm->vmdef->memory;
    if (!memory->total || wanted <= memory->available)
        return;
    g_autofree char *need = g_strdup_printf("%" G_GUINT64_FORMAT, wanted >> 20);
    g_autofree char *total = g_strdup_printf("%" G_GUINT64_FORMAT, memory->total >> 20);
    g_autofree char *available = g_strdup_printf("%" G_GUINT64_FORMAT, memory->available >> 20);
    const char *id = wanted > memory->total ? "memory-too-little" : "memory-not-free";
    g_ptr_array_add(findings, vfg_catalogue_make(check->catalogue, id, vm->name, "need", need,
                                                 "total", total, "available", available, NULL));
}

/* The system's libvirt raises the limit by itself; one that runs as the user can do so up to the
 * hard limit only. */
static void
check_limit(const VfgCheck *check, const VfgVmFacts *vm, GPtrArray *findings)
{
    const VfgMemory *memory = check->host->memory;
    guint64 wanted = vm->vmdef->memory + LOCKED_BEYOND;
    if (!vm->session || !memory->memlock_known || memory->memlock_hard >= wanted)
        return;
    g_autofree char *need = vfg_size_format(wanted);
    g_autofree char *limit = vfg_size_format(memory->memlock_hard);
    g_autofree char *kilobytes = g_strdup_printf("%" G_GUINT64_FORMAT, wanted >> 10);
    g_ptr_array_add(findings,
                    vfg_catalogue_make(check->catalogue, "memlock-too-low", vm->name, "need", need,
                                       "limit", limit, "kilobytes", kilobytes, NULL));
}

/* Bytes in huge pages of any size that nobody uses. */
static guint64
free_in_hugepages(const VfgNumaNode *node)
{
    guint64 bytes = 0;
    for (guint i = 0; i < node->hugepages->len; i++) {
        const VfgHugepages *pages = &g_array_index(node->hugepages, VfgHugepages, i);
        bytes += pages->size * pages->free;
    }
    return bytes;
}

/* "1 GiB on node 0, 2 GiB on node 3", but for one node. */
static char *
list_hugepages(const VfgMemory *memory, int except)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < memory->nodes->len; i++) {
        const VfgNumaNode *node = g_ptr_array_index(memory->nodes, i);
        guint64 bytes = node->id == except ? 0 : free_in_hugepages(node);
        g_autofree char *size = vfg_size_format(bytes);
        if (bytes)
            g_string_append_printf(out, "%s%s on node %d", out->len ? ", " : "", size, node->id);
    }
    return g_string_free(out, FALSE);
}

/* Whoever reserved huge pages did it for VMs; those of another node than the GPU's make each of its
 * accesses cross the machine. */
static void
check_hugepages(const VfgCheck *check, const VfgVmFacts *vm, const VfgGpu *gpu, GPtrArray *findings)
{
    const VfgMemory *memory = check->host->memory;
    int id = gpu->function->numa_node;
    const VfgNumaNode *own = id < 0 ? NULL : vfg_memory_find_node(memory, id);
    guint64 there = own ? free_in_hugepages(own) : 0;
    if (!own || memory->nodes->len < 2 || there >= vm->vmdef->memory)
        return;
    g_autofree char *others = list_hugepages(memory, id);
    if (!*others)
        return;
    char address[VFG_PCI_ADDRESS_SIZE];
    g_autofree char *node = g_strdup_printf("%d", id);
    g_autofree char *have = vfg_size_format(there);
    g_autofree char *need = vfg_size_format(vm->vmdef->memory);
    vfg_pci_address_format(gpu->function->address, address);
    g_ptr_array_add(findings, vfg_catalogue_make(check->catalogue, "hugepages-on-other-node",
                                                 vm->name, "gpu", address, "node", node, "have",
                                                 have, "need", need, "others", others, NULL));
}

/* Why not all of the VM is put on the GPUs' node. */
static char *
describe_far(const VfgCheck *check, const VfgVmdef *vmdef, const VfgLocality *locality)
{
    const VfgNumaNode *node = vfg_memory_find_node(check->host->memory, locality->node);
    if (!node)
        return g_strdup("its GPUs are on several NUMA nodes");
    g_autofree char *need = vfg_size_format(vmdef->memory);
    g_autofree char *room = vfg_size_format(vfg_locality_node_room(node));
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "its GPU is at NUMA node %d, which has", node->id);
    if (!locality->memory)
        g_string_append_printf(out, " %s of memory to give, of %s wanted", room, need);
    if (!locality->cpus)
        g_string_append_printf(out, "%s %u CPUs for %u vCPUs", locality->memory ? "" : " and",
                               vfg_cpu_list_count(node->cpus), vmdef->vcpu);
    return g_string_free(out, FALSE);
}

static void
check_locality(const VfgCheck *check, const VfgVmFacts *vm, const GPtrArray *gpus,
               const VfgLocality *locality, GPtrArray *findings)
{
    const VfgGpu *first = gpus->len ? g_ptr_array_index(gpus, 0) : NULL;
    if (!first || check->host->memory->nodes->len < 2 || first->function->numa_node < 0)
        return;
    gboolean near = locality->cpus && locality->memory;
    g_autofree char *node = g_strdup_printf("%d", locality->node);
    g_autofree char *what = near ? NULL : describe_far(check, vm->vmdef, locality);
    g_ptr_array_add(findings,
                    vfg_catalogue_make(check->catalogue, near ? "locality-near" : "locality-far",
                                       vm->name, "node", node, "what", what ? what : "", NULL));
}

static void
check_pages(const VfgCheck *check, const VfgVmFacts *vm, const GPtrArray *gpus,
            const VfgLocality *locality, GPtrArray *findings)
{
    if (locality->page_size) {
        g_autofree char *size = vfg_size_format(locality->page_size);
        g_ptr_array_add(findings, vfg_catalogue_make(check->catalogue, "hugepages-used", vm->name,
                                                     "size", size, NULL));
        return;
    }
    check_total(check, vm, findings);
    if (vm->vmdef->hugepages == VFG_HUGEPAGES_YES) {
        g_autofree char *need = vfg_size_format(vm->vmdef->memory);
        g_autofree char *there = list_hugepages(check->host->memory, -1);
        g_ptr_array_add(findings,
                        vfg_catalogue_make(check->catalogue, "hugepages-missing", vm->name, "need",
                                           need, "there", *there ? there : "none", NULL));
    }
    for (guint i = 0; vm->vmdef->hugepages == VFG_HUGEPAGES_AUTO && i < gpus->len; i++)
        check_hugepages(check, vm, g_ptr_array_index(gpus, i), findings);
}

void
vfg_check_memory(const VfgCheck *check, const VfgVmFacts *vm, const GPtrArray *gpus,
                 GPtrArray *findings)
{
    VfgLocality locality = vfg_locality_choose(check->host, vm->vmdef, gpus);
    check_pages(check, vm, gpus, &locality, findings);
    check_locality(check, vm, gpus, &locality, findings);
    if (vm->vmdef->gpus->len)
        check_limit(check, vm, findings);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One look at the counters. */

#include "counter-look.h"

#include "gpu-sysfs.h"
#include "program.h"
#include "smi-log.h"

#define DEADLINE_S 30 /* without persistence mode each GPU is started for it */

static void
add_reading(const VfgReading *reading, gpointer data)
{
    char address[VFG_PCI_ADDRESS_SIZE];
    json_array_append_new(data,
                          json_pack("{s:s, s:s, s:s?, s:I, s:s?}", "address",
                                    vfg_pci_address_format(reading->address, address), "counter",
                                    vfg_counter_name(reading->kind), "part", reading->part, "value",
                                    (json_int_t)reading->value, "detail", reading->detail));
}

static void
take_line(const char *line, gboolean status G_GNUC_UNUSED, gpointer data)
{
    vfg_smi_log_take(data, line);
}

static void
ask_nvidia_smi(const char *search, json_t *readings)
{
    g_autoptr(VfgSmiLog) log = vfg_smi_log_new(add_reading, readings);
    const VfgProgram program = {.argv = VFG_SMI_ONCE,
                                .search = search,
                                .deadline = DEADLINE_S,
                                .on_line = take_line,
                                .data = log};
    g_auto(VfgProgramResult) result = {0};
    (void)!vfg_program_run(&program, &result, NULL);
}

json_t *
vfg_counter_look(VfgRoot *root, const char *search)
{
    json_t *readings = json_array();
    if (vfg_root_exists(root, "/proc/driver/nvidia/version"))
        ask_nvidia_smi(search, readings);
    vfg_gpu_sysfs_read(root, add_reading, readings);
    return readings;
}

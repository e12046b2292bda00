/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A driver that "works": it takes every NVIDIA GPU, touches nothing, and shows in
 * /proc/driver/nvidia what NVIDIA's own shows there of a GPU that it started. The lab's stand-in
 * for a card that is whole. */

#include <linux/module.h>
#include <linux/pci.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#define STANDIN_VERSION "535.0.1"

static struct proc_dir_entry *top;
static struct proc_dir_entry *gpus;

static int
version_show(struct seq_file *out, void *unused)
{
    seq_puts(out, "NVRM version: NVIDIA UNIX x86_64 Kernel Module  " STANDIN_VERSION
                  "  Sat Jan  1 00:00:00 UTC 2000\n");
    return 0;
}

static int
information_show(struct seq_file *out, void *unused)
{
    struct pci_dev *pdev = out->private;

    seq_printf(
        out, "Model: \t\t Stand-in %04x\nIRQ:   \t\t %d\nBus Type: \t PCIe\nBus Location: \t %s\n",
        pdev->device, pdev->irq, pci_name(pdev));
    return 0;
}

static int
standin_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
    struct proc_dir_entry *dir;
    int status = pcim_enable_device(pdev);

    if (status)
        return status;
    dir = proc_mkdir(pci_name(pdev), gpus);
    if (!dir || !proc_create_single_data("information", 0444, dir, information_show, pdev))
        return -ENOMEM;
    return 0;
}

static void
standin_remove(struct pci_dev *pdev)
{
    remove_proc_subtree(pci_name(pdev), gpus);
}

static const struct pci_device_id ids[] = {
    {PCI_DEVICE(0x10de, PCI_ANY_ID), .class = PCI_CLASS_DISPLAY_VGA << 8, .class_mask = 0xffffff},
    {PCI_DEVICE(0x10de, PCI_ANY_ID), .class = PCI_CLASS_DISPLAY_3D << 8, .class_mask = 0xffffff},
    {}};
MODULE_DEVICE_TABLE(pci, ids);

static struct pci_driver standin = {
    .name = "nvidia",
    .id_table = ids,
    .probe = standin_probe,
    .remove = standin_remove,
};

static int __init
standin_init(void)
{
    int status;

    top = proc_mkdir("driver/nvidia", NULL);
    gpus = top ? proc_mkdir("gpus", top) : NULL;
    if (!gpus || !proc_create_single("version", 0444, top, version_show)) {
        proc_remove(top);
        return -ENOMEM;
    }
    pr_info("NVRM: loading NVIDIA UNIX x86_64 Kernel Module  " STANDIN_VERSION
            "  (the lab's stand-in)\n");
    status = pci_register_driver(&standin);
    if (status)
        proc_remove(top);
    return status;
}

static void __exit
standin_exit(void)
{
    pci_unregister_driver(&standin);
    proc_remove(top);
}

module_init(standin_init);
module_exit(standin_exit);
MODULE_LICENSE("GPL");
MODULE_VERSION(STANDIN_VERSION);
MODULE_DESCRIPTION("the lab's stand-in for NVIDIA's driver");

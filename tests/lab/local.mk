# SPDX-License-Identifier: GPL-2.0-or-later
# The lab's files; tests/lab/virtual-gpu has a fragment of its own.

EXTRA_DIST += \
	tests/lab/README.md \
	tests/lab/lab \
	tests/lab/guest-lab \
	tests/lab/packages.txt \
	tests/lab/.shellcheckrc \
	tests/lab/guest/init \
	tests/lab/guest/udhcpc.sh \
	tests/lab/guest-jobs/cuda.sh \
	tests/lab/guest-jobs/driver.sh \
	tests/lab/guest-jobs/guest.sh \
	tests/lab/guest-jobs/interrupted.sh \
	tests/lab/guest-jobs/provision.sh \
	tests/lab/guest-jobs/seed.sh \
	tests/lab/guest-jobs/standin.sh \
	tests/lab/guest-os/cloud.cfg \
	tests/lab/guest-os/initramfs-hook \
	tests/lab/guest-os/lab-exec \
	tests/lab/guest-os/lab-exec.service \
	tests/lab/guest-os/mirror \
	tests/lab/guest-os/network \
	tests/lab/guest-os/standin/Kbuild \
	tests/lab/guest-os/standin/dkms.conf \
	tests/lab/guest-os/standin/nvidia-smi \
	tests/lab/guest-os/standin/nvidia.c \
	tests/lab/host/init.sh \
	tests/lab/host/initramfs-init \
	tests/lab/host/libvirtd.conf \
	tests/lab/host/qemu.conf \
	tests/lab/lib/common.sh \
	tests/lab/lib/fetch.sh \
	tests/lab/lib/gpu.sh \
	tests/lab/lib/guest-driver.sh \
	tests/lab/lib/guest-os.sh \
	tests/lab/lib/guest-repo.sh \
	tests/lab/lib/guest-vm.sh \
	tests/lab/lib/host.sh \
	tests/lab/lib/image.sh \
	tests/lab/lib/initramfs.sh \
	tests/lab/lib/job.sh \
	tests/lab/vmdefs/d2l.xml

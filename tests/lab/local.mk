# SPDX-License-Identifier: GPL-2.0-or-later
# The lab's files; tests/lab/virtual-gpu has a fragment of its own.

EXTRA_DIST += \
	tests/lab/README.md \
	tests/lab/lab \
	tests/lab/packages.txt \
	tests/lab/.shellcheckrc \
	tests/lab/guest/init \
	tests/lab/guest/udhcpc.sh \
	tests/lab/host/init.sh \
	tests/lab/host/initramfs-init \
	tests/lab/host/libvirtd.conf \
	tests/lab/host/qemu.conf \
	tests/lab/lib/common.sh \
	tests/lab/lib/fetch.sh \
	tests/lab/lib/gpu.sh \
	tests/lab/lib/host.sh \
	tests/lab/lib/image.sh \
	tests/lab/lib/initramfs.sh \
	tests/lab/lib/job.sh \
	tests/lab/vmdefs/d2l.xml

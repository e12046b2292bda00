# Layer 0: libc and glib only; knows nothing of PCI.
noinst_LIBRARIES += libvfg-base.a
libvfg_base_a_SOURCES = \
	src/base/beneath.c src/base/beneath.h \
	src/base/error.c src/base/error.h \
	src/base/escape.c src/base/escape.h \
	src/base/io.c src/base/io.h \
	src/base/kmsg.c src/base/kmsg.h \
	src/base/line-sum.c src/base/line-sum.h \
	src/base/parse.c src/base/parse.h \
	src/base/patient.c src/base/patient.h \
	src/base/process.c src/base/process.h \
	src/base/root.c src/base/root.h \
	src/base/signals.c src/base/signals.h \
	src/base/table.c src/base/table.h \
	src/base/tree.c src/base/tree.h
libvfg_base_a_CPPFLAGS = $(BASE_INCLUDES)
